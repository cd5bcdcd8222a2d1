// The two records of a feed as text (FAULTS E10): whatever cannot be understood is a fault, never "nothing known".

import { describe, expect, test } from '@jest/globals';
import {
  emptyOutboxPrefix,
  readMemoryRecord,
  readOutbox,
  writeMemoryRecord,
} from '../../src/backend/memory-record.ts';
import { readStateRecord, writeStateRecord } from '../../src/backend/state-record.ts';
import { knownEntry, memoryOf, stateOf } from '../conformance/records.ts';

const written = writeMemoryRecord(
  memoryOf('a', { outbox: ['evt_1'], entries: new Map([['k', knownEntry()]]) }),
);
const [head = '', entries = ''] = written.split('\n');

describe('a memory record', () => {
  test.each([
    ['empty', ''],
    ['no JSON', 'garbage'],
    ['a JSON text', '"x"\n[]'],
    ['null', 'null\n[]'],
    ['a list', '[]\n[]'],
    ['cut in the head', written.slice(0, 20)],
    ['cut before the entries', head],
    ['without a version', `${head.replace('"version":1,', '')}\n${entries}`],
    ['of another feed', writeMemoryRecord(memoryOf('b'))],
    ['with an outbox of numbers', `${head.replace('"evt_1"', '1')}\n${entries}`],
    ['without a sequence', `${head.replace('"sequence":0,', '').replace(',"sequence":0', '')}\n${entries}`],
  ])('that is %s is damaged', (_, record) => {
    const read = () => readMemoryRecord('a', record).entries.get('k');
    expect(read).toThrow(
      expect.objectContaining({ code: 'store-corrupt', message: expect.stringContaining('feed a') }),
    );
  });

  test.each([
    ['cut', entries.slice(0, 10)],
    ['fewer than counted', '[]'],
    ['not a list', '{}'],
    ['of wrong types', '["k",1,1,1,1,0]'],
    ['without a key', '[1,"f",1,1,1,0]'],
  ])('whose entries are %s is damaged at the first look, and only then', (_, text) => {
    const memory = readMemoryRecord('a', `${head}\n${text}`);
    expect(memory.outbox).toEqual(['evt_1']);
    expect(() => memory.entries.get('k')).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    expect(() => memory.entries.has('other')).toThrow();
    expect(() => [...memory.entries]).toThrow();
  });

  test('of a newer version is refused as that', () => {
    const newer = written.replace('"version":1', '"version":2');
    expect(() => readMemoryRecord('a', newer)).toThrow(expect.objectContaining({ code: 'store-newer' }));
    expect(() => readOutbox('a', newer)).toThrow(expect.objectContaining({ code: 'store-newer' }));
  });

  test('begins with its outbox, so that a prefix tells an empty one', () => {
    expect(writeMemoryRecord(memoryOf('a')).startsWith(emptyOutboxPrefix)).toBe(true);
    expect(written.startsWith(emptyOutboxPrefix)).toBe(false);
    expect(readOutbox('a', written)).toEqual(['evt_1']);
  });

  test('keeps the very text of entries that nobody changed', () => {
    const oddlySpaced = `${head}\n[ "k","f",1,1,1,0 ]`;
    const memory = readMemoryRecord('a', oddlySpaced);
    expect(writeMemoryRecord({ ...memory, outbox: [] })).toMatch(/\n\[ "k","f",1,1,1,0 \]$/);
  });

  test('keeps fields of entries that this file does not know by name', () => {
    const entry = { ...knownEntry(), somethingNew: { deep: [1] } };
    const record = writeMemoryRecord(memoryOf('a', { entries: new Map([['k', entry]]) }));
    expect(readMemoryRecord('a', record).entries.get('k')).toEqual(entry);
  });
});

describe('a state record', () => {
  const state = writeStateRecord(stateOf('a'));
  test.each([
    ['empty', ''],
    ['no JSON', 'garbage'],
    ['a number', '1'],
    ['null', 'null'],
    ['cut', state.slice(0, 30)],
    ['of another feed', writeStateRecord(stateOf('b'))],
    ['without a version', state.replace('"version":1,', '')],
    ['without a next poll', state.replace('"nextPoll"', '"was"')],
    ['without totals', state.replace('"totals"', '"was"')],
  ])('that is %s is damaged', (_, record) => {
    expect(() => readStateRecord('a', record)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
  });

  test.each([
    ['empty', ''],
    ['cut', '{"requestedAt":1'],
    ['without a time', '{"nextPoll":{"at":1,"reason":"interval"}}'],
    ['without a next poll', '{"requestedAt":1}'],
  ])('whose note is %s is damaged', (_, note) => {
    expect(() => readStateRecord('a', `${state}\n${note}`)).toThrow(
      expect.objectContaining({ code: 'store-corrupt' }),
    );
  });

  test('of a newer version is refused as that', () => {
    expect(() => readStateRecord('a', state.replace('"version":1', '"version":2'))).toThrow(
      expect.objectContaining({ code: 'store-newer' }),
    );
  });
});
