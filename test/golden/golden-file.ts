// A golden file: what receivers have already stored and compare with. A difference is a breach of docs/delivery.md ("One id for
// ever") unless it was meant, and then a line of the changelog.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';

const isRenewed = process.env.UPDATE_GOLDEN === '1';

/** Compares, or writes the file anew when told so. */
export function expectGolden(name: string, made: unknown): void {
  const path = join(import.meta.dirname, `${name}.json`);
  if (isRenewed) writeFileSync(path, `${JSON.stringify(made, undefined, 2)}\n`);
  const golden: unknown = JSON.parse(readFileSync(path, 'utf8'));
  try {
    expect(made).toEqual(golden);
  } catch (cause) {
    throw new Error(
      [
        `${path} says otherwise: receivers would see other ids or bytes than before.`,
        'If that is meant, renew it with UPDATE_GOLDEN=1 npm run jest -- test/golden && npm run format, look at the difference, and tell it in the changelog.',
        cause instanceof Error ? cause.message : String(cause),
      ].join('\n'),
      { cause },
    );
  }
}
