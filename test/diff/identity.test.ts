import { describe, expect, test } from '@jest/globals';
import { chooseRung, identify } from '../../src/diff/identity.ts';
import type { Entry, Rung } from '../../src/model/entry.ts';
import { documentOf, entry, keys, post, Reader, readerOf, told } from './reading.ts';

const onlyLink = (name: string) => entry({ url: `https://example.org/${name}` });
const onlyTitle = (name: string) => entry({ title: name });

function keysOf(entries: readonly Entry[], rung: Rung): string[] {
  return identify(entries, rung, new Map()).map(({ key }) => key.value);
}

describe('the rung of a feed', () => {
  const fourAlike: Entry[] = Array(4).fill(post('same'));

  test.each<[string, Entry[], Rung]>([
    ['every entry has an id', [post('a'), post('b')], 'guid'],
    ['half of the entries have an id', [post('a'), onlyLink('b')], 'guid'],
    ['fewer than half have an id', [post('a'), onlyLink('b'), onlyLink('c')], 'link'],
    ['half have a link, none an id', [onlyLink('a'), onlyTitle('b')], 'link'],
    ['fewer than half have a link', [onlyLink('a'), onlyTitle('b'), onlyTitle('c')], 'hash'],
    ['ids are blank', [entry({ id: ' ', url: 'https://example.org/a' })], 'link'],
    ['one id for four entries (they may be versions)', fourAlike, 'guid'],
    ['one id for five entries', [...fourAlike, ...fourAlike.slice(0, 1)], 'link'],
    ['one id for five entries without links', Array(5).fill(entry({ id: 'same' })), 'hash'],
    ['half of the ids are distinct', [...fourAlike, ...['a', 'b', 'c'].map((n) => post(n))], 'guid'],
    ['entries that nothing could recognise do not vote', [entry(), entry(), post('a')], 'guid'],
    ['there are no entries', [], 'guid'],
  ])('when %s', (_, entries, rung) => {
    expect(chooseRung(entries)).toBe(rung);
  });

  test('is chosen at the first entries and stays: ids that appear later in a feed of links change nothing', () => {
    const reader = readerOf([onlyLink('a'), onlyLink('b')]);
    const later = reader.read(['c', 'a', 'b'].map((name) => ({ ...onlyLink(name), id: name })));
    expect(keys(later)).toEqual(['link:https://example.org/c']);
    expect(later.rung).toBe('link');
  });

  test.each<[string, (title: string) => Entry]>([
    ['id', (title) => entry({ id: 'https://example.org/', title })],
    ['id and link', (title) => entry({ id: 'same', url: 'https://example.org/', title })],
  ])('a feed that gives every entry one %s is known by something else, and its news is new', (_, item) => {
    const titles = ['g', 'f', 'e', 'd', 'c', 'b', 'a'];
    const reader = readerOf(titles.slice(2).map(item));
    expect(told(reader.read(titles.slice(0, 5).map(item)))).toEqual(['new f', 'new g']);
    expect(told(reader.read(titles.map(item)))).toEqual([]);
  });

  test('is not chosen by an empty first document', () => {
    const reader = readerOf([]);
    expect(keys(reader.read([onlyTitle('a')]))[0]).toMatch(/^hash:[0-9a-f]{64}$/);
    expect(reader.memory.rung).toBe('hash');
  });

  test('an override re-keys the entries of the document and announces none of them', () => {
    const reader = readerOf([post('a'), post('b')]);
    expect(told(reader.read([post('c'), post('a'), post('b')], { identity: 'link' }))).toEqual([
      'new Post c',
    ]);
    expect(reader.memory.rung).toBe('link');
    expect(told(reader.read([post('c'), post('a'), post('b')]))).toEqual([]);
    expect(told(reader.read([post('c'), post('a'), post('b')], { identity: 'guid' }))).toEqual([]);
  });

  test.each<[string, Entry[], boolean]>([
    ['empty', [], false],
    ['partial', [post('c')], true],
  ])('an override is still to be applied when the document after it is %s', (_, entries, isPartial) => {
    const reader = readerOf([post('a'), post('b')]);
    reader.read(entries, { identity: 'link', isPartial });
    expect(reader.memory.rung).toBe('guid');
    expect(told(reader.read([...entries, post('a'), post('b')], { identity: 'link' }))).toEqual([]);
    expect(reader.memory.rung).toBe('link');
  });

  test('an override that is taken back before a whole document came has re-keyed what a part (226) showed', () => {
    const reader = readerOf([post('a'), post('b')]);
    reader.read([post('c'), post('a')], { identity: 'link', isPartial: true });
    expect(told(reader.read([post('c'), post('a'), post('b')]))).toEqual([]);
  });

  test('an override keeps revision and first sighting', () => {
    const reader = readerOf([post('a')]);
    const { firstSeen } = [...reader.memory.entries.values()][0] ?? {};
    reader.read([post('a', { contentText: 'edited' })]);
    const [change] = reader.read([post('a', { contentText: 'again' })], { identity: 'link' }).changes;
    expect(change).toMatchObject({ type: 'entry.updated', revision: 3, firstSeen });
  });
});

describe('the ladder', () => {
  test.each<[string, Entry, Rung, string]>([
    ['id', post('a'), 'guid', 'guid:tag:example.org,2026:a'],
    ['link, when the id is missing', onlyLink('a'), 'guid', 'link:https://example.org/a'],
    ['link, in a feed of links', post('a'), 'link', 'link:https://example.org/a'],
    ['id, when a feed of links brings nothing else', entry({ id: 'a' }), 'link', 'guid:a'],
    [
      'link, when a feed of hashes has neither title nor text',
      onlyLink('a'),
      'hash',
      'link:https://example.org/a',
    ],
    ['id without the white space round it', entry({ id: '\n a ' }), 'guid', 'guid:a'],
  ])('%s', (_, one, rung, key) => {
    expect(keysOf([one], rung)).toEqual([key]);
  });

  test('title and text together make the hash, and dates do not', () => {
    const titled = (fields: Partial<Entry>) => entry({ title: 'Same', contentText: 'text', ...fields });
    const [one, other, third] = keysOf(
      [titled({}), titled({ contentText: 'other' }), titled({ title: 'Other' })],
      'hash',
    );
    expect(new Set([one, other, third]).size).toBe(3);
    expect(
      keysOf([titled({ published: '2026-11-20T09:00:00Z', updated: '2027-01-01T00:00:00Z' })], 'hash'),
    ).toEqual([one]);
  });

  test('an entry with no id, link, title or text is skipped and counted', () => {
    const diff = readerOf([]).read([
      entry({ published: '2026-11-20T09:00:00Z' }),
      entry({ title: ' ' }),
      post('a'),
    ]);
    expect(told(diff)).toEqual(['new Post a']);
    expect(diff.skipped).toBe(2);
  });

  test('FAULTS B15: ids that numbers would fold are ten entries', () => {
    const ids = [
      '007',
      '7',
      '7.0',
      '1e0',
      '0x7',
      '+7',
      '9007199254740993',
      '9007199254740992',
      'true',
      'null',
    ];
    expect(told(readerOf([]).read(ids.map((id) => entry({ id }))))).toHaveLength(10);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'an entry called %s is an entry like any other',
    (id) => {
      const reader = readerOf([]);
      expect(keys(reader.read([entry({ id })]))).toEqual([`guid:${id}`]);
      expect(keys(reader.read([entry({ id })]))).toEqual([]);
    },
  );

  test('POLITENESS §11 row 11: keys are whole SHA-256, so a shared prefix of the hash is no identity', () => {
    // The hashes of both keys begin with the same 30 bits.
    const [one, other] = identify([entry({ id: '19509' }), entry({ id: '54090' })], 'guid', new Map());
    expect(one?.keyHash).toHaveLength(43);
    expect(one?.keyHash.slice(0, 5)).toBe(other?.keyHash.slice(0, 5));
    expect(told(readerOf([entry({ id: '19509' })]).read([entry({ id: '54090' })]))).toHaveLength(1);
  });
});

describe('one id several times in a document', () => {
  const link = (name: string) => `https://example.org/${name}`;
  const twin = (name: string, fields: Partial<Entry> = {}) =>
    entry({ id: 'same', url: link(name), title: `Twin ${name}`, ...fields });

  test('with one link is one entry, and the latest `updated` wins', () => {
    const versions = ['08', '10', '09'].map((at) =>
      twin('a', { title: at, updated: `2026-11-20T${at}:00:00Z` }),
    );
    expect(told(readerOf([]).read(versions))).toEqual(['new 10']);
  });

  test('with one link and no dates is the first of the document', () => {
    expect(told(readerOf([]).read([twin('a', { title: 'one' }), twin('a', { title: 'two' })]))).toEqual([
      'new one',
    ]);
  });

  test('with one link in two spellings is one entry', () => {
    expect(told(readerOf([]).read([twin('a'), twin('a/?utm_source=x')]))).toHaveLength(1);
  });

  test('with different links: the known one keeps the id, the others are known by id and link', () => {
    const reader = readerOf([twin('a'), post('x')]);
    expect(keys(reader.read([twin('b'), twin('a'), post('x')]))).toEqual(['guid+link:same example.org/b']);
    expect(told(reader.read([twin('b'), twin('a'), post('x')]))).toEqual([]);
  });

  test('an id once shared stays shared: an unknown link under it is new, alone in the document too', () => {
    const reader = readerOf([twin('b'), twin('a')]);
    expect(keys(reader.read([twin('c')]))).toEqual(['guid+link:same example.org/c']);
    expect(told(reader.read([twin('b')]))).toEqual([]);
    expect(told(reader.read([twin('a')]))).toEqual([]);
  });

  test('all links unknown: each is new, because nothing says which of them was edited', () => {
    expect(told(readerOf([twin('a')]).read([twin('c'), twin('b')]))).toEqual(['new Twin b', 'new Twin c']);
  });

  test('an id that is not shared survives an edited link', () => {
    expect(told(readerOf([twin('a')]).read([twin('b')]))).toEqual(['updated Twin b']);
  });

  test('POLITENESS §11 row 4: other entries keep their keys', () => {
    const reader = readerOf([post('z'), post('y'), twin('a')]);
    expect(told(reader.read([twin('b'), post('z'), post('y'), twin('a')]))).toEqual(['new Twin b']);
  });

  test('one guid for all entries of a feed still tells them apart', () => {
    const reader = new Reader({ initial: 'all' });
    expect(told(reader.read([twin('c'), twin('b'), twin('a')]))).toEqual([
      'new Twin a',
      'new Twin b',
      'new Twin c',
    ]);
    expect(told(reader.read([twin('d'), twin('c'), twin('b')]))).toEqual(['new Twin d']);
    expect(told(reader.read([twin('e'), twin('d'), twin('c')]))).toEqual(['new Twin e']);
  });

  test('reading from the beginning and reading late give the oldest the same key', () => {
    const [early, late] = [new Reader({ initial: 'all' }), new Reader({ initial: 'all' })];
    expect([...keys(early.read([twin('a')])), ...keys(early.read([twin('b'), twin('a')]))]).toEqual(
      keys(late.read([twin('b'), twin('a')])),
    );
  });

  test('without a link it is told apart by title and text', () => {
    const reader = readerOf([twin('a')]);
    const linkless = entry({ id: 'same', title: 'No link' });
    expect(keys(reader.read([linkless, twin('b'), twin('a')]))).toEqual([
      'guid+link:same example.org/b',
      expect.stringMatching(/^hash:/),
    ]);
  });
});

describe('one link several times in a feed of links', () => {
  const report = (title: string) => entry({ url: 'https://example.org/status', title });

  test('with one title is one entry', () => {
    expect(told(readerOf([]).read([report('up'), report('up')]))).toEqual(['new up']);
  });

  test('with different titles is told apart by title and text', () => {
    const reader = readerOf([report('up')]);
    expect(told(reader.read([report('down'), report('up')]))).toEqual(['new down']);
    expect(told(reader.read([report('slow')]))).toEqual(['new slow']);
    expect(told(reader.read([report('slow'), report('down'), report('up')]))).toEqual([]);
  });

  test('without titles is told apart by text', () => {
    const note = (contentText: string) => entry({ url: 'https://example.org/notes', contentText });
    expect(told(readerOf([]).read([note('one'), note('two')]))).toHaveLength(2);
  });
});

describe('a known URL in another spelling', () => {
  test.each([
    ['https', 'http://example.org/1', 'https://example.org/1'],
    ['http again', 'https://example.org/1', 'http://example.org/1'],
    ['a trailing slash', 'https://example.org/1', 'https://example.org/1/'],
    ['a lower-case host', 'https://Example.org/1', 'https://example.org/1'],
    ['an upper-case host', 'https://example.org/1', 'https://EXAMPLE.org/1'],
    ['other tracking', 'https://example.org/1?utm_source=rss', 'https://example.org/1?utm_source=feed'],
    ['no tracking', 'https://example.org/1?utm_source=rss&id=2', 'http://example.org/1?id=2'],
    ['some tracking', 'https://example.org/?p=1', 'https://example.org/?p=1&utm_medium=x'],
  ])('%s: the entry goes on under the known key', (_, before, after) => {
    for (const field of ['id', 'url'] as const) {
      const reader = readerOf([entry({ [field]: before, title: 'a' })]);
      expect(told(reader.read([entry({ [field]: after, title: 'a' })]))).toEqual([]);
      const update = reader.read([entry({ [field]: after, title: 'b' })]);
      expect(keys(update)).toEqual([`${field === 'id' ? 'guid' : 'link'}:${before}`]);
      expect(reader.memory.entries.size).toBe(1);
    }
  });

  test('is another entry when one document holds both', () => {
    const [one, other] = ['http://example.org/1', 'https://example.org/1'].map((id) =>
      entry({ id, title: id }),
    );
    const reader = readerOf([one ?? entry()]);
    expect(told(reader.read([other ?? entry(), one ?? entry()]))).toEqual(['new https://example.org/1']);
    expect(told(reader.read([other ?? entry()]))).toEqual([]);
  });

  test('is another entry when two spellings are known: they are told apart by what differs', () => {
    const tagged = (n: number) => entry({ id: `https://example.org/1?utm_content=${n}`, title: `${n}` });
    const reader = readerOf([tagged(2), tagged(1)]);
    expect(told(reader.read([tagged(3)]))).toEqual(['new 3']);
    expect(told(reader.read([tagged(3), tagged(2), tagged(1)]))).toEqual([]);
  });

  test('is another entry when the document spells an unknown one twice', () => {
    const spelled = ['https://example.org/1', 'https://example.org/1/'].map((id) => entry({ id }));
    expect(told(readerOf([entry({ id: 'http://example.org/1' })]).read(spelled))).toHaveLength(2);
  });
});

test('FAULTS B18: equal guids of two feeds have equal keys, and the feed id makes their events differ', () => {
  const [one] = identify(documentOf([post('a')]).entries, 'guid', new Map());
  const [other] = identify(documentOf([post('a', { title: 'other feed' })]).entries, 'guid', new Map());
  expect(one?.keyHash).toBe(other?.keyHash);
});
