// `npm run score`: the daemon against scoring origins under a fast clock, every numbered rule of POLITENESS.md as
// pass or FAIL. Exit code 0 only when all were put to the test and pass.
//
//   npm run score [-- --hours 72]

import { parseArgs } from 'node:util';
import { isAllPass, scoreText } from './report.ts';
import { runScore } from './run-score.ts';

const { values } = parseArgs({ options: { hours: { type: 'string', default: '48' } } });
if (!/^\d{1,4}$/.test(values.hours)) throw new Error(`--hours wants a whole number, not ${values.hours}`);

const score = await runScore({ hours: Number(values.hours) });
process.stdout.write(`${scoreText(score)}\n`);
process.exitCode = isAllPass(score) ? 0 : 1;
