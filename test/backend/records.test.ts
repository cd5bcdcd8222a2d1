// The two records of a feed as text (FAULTS E10): whatever cannot be understood is a fault, never "nothing known".

import { describe, expect, test } from '@jest/globals';
import {
  emptyOutboxPrefix,
  readMemoryRecord,
  readOutbox,
  writeMemoryRecord,
} from '../../src/backend/memory-record.ts';
import { readStateRecord, writeStateRecord } from '../../src/backend/state-record.ts';
import { currentKeyRules } from '../../src/diff/key-rules.ts';
import type { WindowEntry } from '../../src/model/entry.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import { knownEntry, memoryOf, stateOf } from '../conformance/records.ts';

const written = writeMemoryRecord(
  memoryOf('a', { outbox: ['evt_1'], entries: new Map([['k', knownEntry()]]) }),
);
const [head = '', entries = ''] = written.split('\n');
const places: readonly WindowEntry[] = [
  {
    keyHash: 'k',
    key: { source: 'guid', value: 'guid:tag:1' },
    id: 'tag:1',
    url: 'https://example.org/1',
    title: '"\u2028\n',
    datedAt: 0,
    absences: 2,
  },
  {
    keyHash: 'l',
    key: { source: 'link', value: 'link:https://example.org/2' },
    url: 'https://example.org/2',
  },
  { keyHash: 'm', key: { source: 'guid+link', value: 'guid+link:1 example.org/3' }, id: '1' },
  { keyHash: 'n', key: { source: 'hash', value: 'hash:00' } },
];

/** A record of which only the text of the window is `text`. */
function withWindow(text: string, memory: FeedMemory): string {
  const record = writeMemoryRecord(memory).replace(/"windowLength":\d+/, `"windowLength":${text.length}`);
  return `${record.slice(0, record.lastIndexOf('\n'))}\n${text}`;
}

describe('a memory record', () => {
  test.each([
    ['empty', ''],
    ['no JSON', 'garbage'],
    ['a JSON text', '"x"\n[]'],
    ['null', 'null\n[]'],
    ['a list', '[]\n[]'],
    ['cut in the head', written.slice(0, 20)],
    ['cut before the entries', head],
    ['without a version', `${head.replace('"version":2,', '')}\n${entries}`],
    ['of a version that never was', `${head.replace('"version":2', '"version":0')}\n${entries}`],
    ['cut before the window', writeMemoryRecord(memoryOf('a', { window: [] })).replace(/\n\[\]$/, '')],
    ['cut in the window', writeMemoryRecord(memoryOf('a', { window: places })).slice(0, -9)],
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
    const newer = written.replace('"version":2', '"version":3');
    expect(() => readMemoryRecord('a', newer)).toThrow(expect.objectContaining({ code: 'store-newer' }));
    expect(() => readOutbox('a', newer)).toThrow(expect.objectContaining({ code: 'store-newer' }));
  });

  test('whose keys were made by newer rules is refused as newer, and by those of now it is read', () => {
    const keyed = (keyRules: number) => writeMemoryRecord(memoryOf('a', { keyRules }));
    expect(readMemoryRecord('a', keyed(currentKeyRules)).keyRules).toBe(currentKeyRules);
    expect(() => readMemoryRecord('a', keyed(currentKeyRules + 1))).toThrow(
      expect.objectContaining({ code: 'store-newer', feedId: 'a' }),
    );
  });

  test('of version 1, which had no window, is read, and written as that of now', () => {
    const old = written.replace('"version":2', '"version":1');
    const memory = readMemoryRecord('a', old);
    expect([memory.window, memory.entries.get('k')]).toEqual([undefined, knownEntry()]);
    expect(writeMemoryRecord(memory)).toBe(written);
  });

  test('gives the window back whole, in its order', () => {
    const record = writeMemoryRecord(
      memoryOf('a', { window: places, entries: new Map([['k', knownEntry()]]) }),
    );
    const memory = readMemoryRecord('a', record);
    expect(memory.window).toEqual(places);
    expect(memory.entries.get('k')).toEqual(knownEntry());
    expect(memory.window).toBe(memory.window);
  });

  test('stores no id or URL twice that its key is made of', () => {
    const record = writeMemoryRecord(memoryOf('a', { window: places }));
    expect(record.split('https://example.org/2')).toHaveLength(2);
    expect(record.split('tag:1')).toHaveLength(2);
  });

  test.each([
    ['no JSON', '[garbage'],
    ['no list', '{}'],
    ['cut within a place', '["k","guid"]'],
    ['of wrong types', '[1,"guid","guid:1",null,null,null,null,null]'],
    ['of an unknown kind of key', '["k","name","name:1",null,null,null,null,null]'],
  ])('whose window is %s is damaged at the first look, and only then', (_, text) => {
    const memory = readMemoryRecord('a', withWindow(text, memoryOf('a', { window: [], outbox: ['evt_1'] })));
    expect([memory.outbox, memory.entries.size]).toEqual([['evt_1'], 0]);
    expect(() => memory.window).toThrow(expect.objectContaining({ code: 'store-corrupt', feedId: 'a' }));
  });

  test('keeps the very text of a window that nobody changed', () => {
    const oddlySpaced = withWindow('[ ]', memoryOf('a', { window: [] }));
    const memory = readMemoryRecord('a', oddlySpaced);
    expect(writeMemoryRecord({ ...memory, outbox: [] })).toBe(oddlySpaced);
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
