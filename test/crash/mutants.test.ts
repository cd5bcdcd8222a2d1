// The planted faults must stand where they are meant to, in the source as it is today.

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { plant } from './mutant-source.ts';
import { mutants } from './mutants.ts';
import { crashFolder } from './run-crash.ts';

describe('mutants', () => {
  test.each(mutants.map((mutant) => ({ name: mutant.name, mutant })))(
    '$name: each patch finds its place exactly once',
    async ({ mutant }) => {
      await using planted = await plant(mutant);
      for (const { file, replace } of mutant.patches) {
        expect(await readFile(join(planted.source, file), 'utf8')).toContain(replace);
      }
    },
  );

  test('names are unique, and each says why it loses or doubles something', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    for (const { why } of mutants) expect(why.length).toBeGreaterThan(40);
  });

  test.each([
    { name: 'a patch without a place', find: 'this text is nowhere', found: 0 },
    { name: 'a patch with two places', find: 'import ', found: /\d+/.source },
  ])('$name is refused, and nothing of the copy stays', async ({ find, found }) => {
    const mutant = { name: 'misplaced', why: '', patches: [{ file: 'poll.ts', find, replace: '' }] };
    await expect(plant(mutant)).rejects.toThrow(new RegExp(`occurs ${found} times in src/poll.ts`));
    await expect(access(join(crashFolder, `misplaced-${process.pid}`))).rejects.toThrow();
  });
});
