// `npm run bench` runs every bench, `npm run bench -- NAME …` those named. A bench is a file of this folder
// that exports `measure`, which resolves with the text of a table; it states one claim as a ratio measured
// side by side in one run, since absolute numbers belong to a machine.

import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

interface Bench {
  readonly title: string;
  readonly measure: () => Promise<string>;
}

const available = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && name !== 'bench.ts')
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are ${available.join(', ')}`);
  process.exit(2);
}

console.log(
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}\n`,
);
for (const name of asked.length > 0 ? asked : available) {
  const { title, measure } = (await import(join(import.meta.dirname, `${name}.ts`))) as Bench;
  console.log(`${name}: ${title}\n`);
  console.log(`${await measure()}\n`);
}
