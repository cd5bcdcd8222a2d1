// The score as part of the gate: every scenario to the end of its script, which takes a simulated day. A failure
// shows the whole table.

import { expect, test } from '@jest/globals';
import { isAllPass, scoreText } from './report.ts';
import { runScore } from './run-score.ts';

test('the daemon keeps every rule of POLITENESS', async () => {
  const score = await runScore({ hours: 1 });
  for (const what of score.skipped ?? []) process.stderr.write(`test/score/score.test.ts: skipped ${what}\n`);
  expect(isAllPass(score) ? 'all pass' : scoreText(score)).toBe('all pass');
}, 120_000);
