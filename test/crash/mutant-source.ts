// Makes a copy of the program with one planted fault, so that the crash test can show that it would find it.
// The copy lies inside the project, where its packages are found, and in a folder that git ignores.

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crashFolder } from './run-crash.ts';

/** One replacement in one file below src/. */
export interface Patch {
  readonly file: string;
  /** Must occur exactly once, or the fault is not planted where it should be. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** What the planted fault is, and why it loses or doubles something. */
  readonly why: string;
  readonly patches: readonly Patch[];
  /** A fault from outside that the program must bear: it has to survive, or the mutant beside it proves nothing. */
  readonly isControl?: true;
}

/** The program as it is; run from a copy, so that an edit during a long run changes nothing. */
export const trueSource: Mutant = { name: 'true', why: 'No fault is planted.', patches: [] };

const root = join(import.meta.dirname, '../..');

export interface MutantSource extends AsyncDisposable {
  /** Folder that holds the mutant's cli.ts. */
  readonly source: string;
}

export async function plant(mutant: Mutant): Promise<MutantSource> {
  const folder = join(crashFolder, `${mutant.name}-${process.pid}`);
  const remove = () => rm(folder, { recursive: true, force: true });
  await remove();
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  try {
    for (const patch of mutant.patches) await apply(patch, join(folder, 'src'), mutant.name);
  } catch (error) {
    await remove();
    throw error;
  }
  return { source: join(folder, 'src'), [Symbol.asyncDispose]: remove };
}

async function apply({ file, find, replace }: Patch, source: string, name: string): Promise<void> {
  const path = join(source, file);
  const before = await readFile(path, 'utf8');
  const found = before.split(find).length - 1;
  if (found !== 1) {
    throw new Error(
      `mutant ${name}: the text to replace occurs ${found} times in src/${file} instead of once:\n${find}`,
    );
  }
  await writeFile(
    path,
    before.replace(find, () => replace),
  );
}
