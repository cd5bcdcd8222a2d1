import { describe, expect, test } from '@jest/globals';
import { TurnLines } from '../src/log.ts';

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

function recorded() {
  const written: string[] = [];
  return { written, lines: new TurnLines({ write: (text) => written.push(text) }) };
}

describe('log lines', () => {
  test('of one turn of the event loop leave together, in order, when it ends', async () => {
    const { lines, written } = recorded();
    lines.write('a\n');
    lines.write('b\n');
    expect(written).toEqual([]);
    await endOfTurn();
    expect(written).toEqual(['a\nb\n']);
  });

  test('of the next turn leave when that ends', async () => {
    const { lines, written } = recorded();
    lines.write('a\n');
    await endOfTurn();
    lines.write('b\n');
    await endOfTurn();
    expect(written).toEqual(['a\n', 'b\n']);
  });

  test('leave at a flush, as at the exit of the process, and only once', async () => {
    const { lines, written } = recorded();
    lines.write('the last words\n');
    lines.flush();
    await endOfTurn();
    expect(written).toEqual(['the last words\n']);
  });

  test.each([
    [65_535, 0],
    [65_536, 1],
    [65_537, 1],
  ])('of %d characters in one turn: %d writes before its end', (length, writes) => {
    const { lines, written } = recorded();
    lines.write('x'.repeat(length));
    expect(written).toHaveLength(writes);
    lines.flush();
  });

  test.each([
    ['a C1 control', '\u009b31m'],
    ['an override of direction', '\u202egpj.exe'],
    ['a line separator', 'a\u2028b'],
    ['an invisible character beyond the first plane', '\u{e0041}'],
  ])('show %s as an escape that JSON reads back', (_, text) => {
    const { lines, written } = recorded();
    lines.write(`${JSON.stringify({ reason: text })}\n`);
    lines.flush();
    expect(written[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(written[0] ?? '')).toEqual({ reason: text });
  });
});
