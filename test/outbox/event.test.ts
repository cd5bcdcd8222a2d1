import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Entry, EntryChange } from '../../src/model/entry.ts';
import type { FeedFormat } from '../../src/model/feed.ts';
import { type EventFeed, entryEvent } from '../../src/outbox/event.ts';
import { itemComplaints } from '../support/json-feed-item.ts';
import { bare, bodyOf, change, deletion, detectedAt, feed, full, itemOf, label } from './sample.ts';

const golden = (name: string) =>
  readFileSync(join(import.meta.dirname, '../fixtures/events', `${name}.json`), 'utf8');

const updated: Partial<EntryChange> = {
  type: 'entry.updated',
  revision: 2,
  sequence: 1043,
  changed: ['title', 'content'],
};

describe('the bytes of an event stay the same from release to release', () => {
  test('entry.new', () => {
    expect(entryEvent(change(full), feed, detectedAt).body).toBe(golden('entry-new'));
  });

  test('entry.updated', () => {
    expect(entryEvent(change(full, updated), feed, detectedAt).body).toBe(golden('entry-updated'));
  });

  test('entry.updated with what was before', () => {
    const previous = { title: 'Plain tekst title', url: 'https://example.org/p/42' };
    const { body } = entryEvent(
      change(full, { ...updated, changed: ['title', 'link'], previous }),
      feed,
      detectedAt,
    );
    expect(body).toBe(golden('entry-updated-previous'));
  });

  test('entry.deleted', () => {
    expect(entryEvent(change(label, deletion), feed, detectedAt).body).toBe(golden('entry-deleted'));
  });

  test('an entry with nothing but a title', () => {
    const titled = change({ ...bare, title: 'Plain' }, { key: { source: 'hash', value: 'hash:0a' } });
    const plainFeed: EventFeed = { ...feed, labels: [], facts: { format: 'rss20' } };
    expect(entryEvent(titled, plainFeed, detectedAt).body).toBe(golden('entry-bare'));
  });
});

describe('the stored event', () => {
  test('carries beside its body what queues and logs ask for', () => {
    const { body, ...event } = entryEvent(change(full), feed, detectedAt);
    expect(event).toEqual({
      id: 'evt_ddlojucljyocbycxwkbxztcgdz',
      type: 'entry.new',
      feedId: 'example-security',
      entryKey: 'guid:tag:example.org,2026:post-42',
      sequence: 1042,
      detectedAt,
    });
    expect(JSON.parse(body)).toMatchObject({
      id: event.id,
      type: event.type,
      timestamp: '2026-11-20T09:20:11.482Z',
    });
  });

  const idOf = (changed: Partial<EntryChange>, of: Partial<EventFeed> = {}, at = detectedAt) =>
    entryEvent(change(full, changed), { ...feed, ...of }, at).id;

  test.each<[string, Partial<EntryChange>, Partial<EventFeed>, number]>([
    ['the time', {}, {}, detectedAt + 1],
    ['the content', { contentHash: 'sha256:00', entry: bare }, {}, detectedAt],
    ['the sequence', { sequence: 7, isInitial: true, firstSeen: 0 }, {}, detectedAt],
    ['the URL of the feed', {}, { url: 'https://new.example/', feedUrl: 'https://new.example/' }, detectedAt],
  ])('FAULTS G16: %s does not change the id of a new entry', (_, changed, of, at) => {
    expect(idOf(changed, of, at)).toBe(idOf({}));
  });

  test.each<[string, Partial<EntryChange>]>([
    ['the revision', { revision: 4 }],
    ['the fingerprint', { contentHash: '5feceb66ffc86f38' }],
    ['the key', { key: { source: 'guid', value: 'guid:x' } }],
    ['the type', { type: 'entry.updated' }],
  ])('%s changes the id of a deletion, so that an entry can go more than once', (_, changed) => {
    expect(idOf({ ...deletion, ...changed })).not.toBe(idOf(deletion));
  });

  test('why it was deleted, and what is left of it, does not change the id of a deletion', () => {
    expect(idOf({ ...deletion, reason: 'vanished', entry: bare, sequence: 7 })).toBe(idOf(deletion));
  });

  test('says that it is withheld, which its bytes and its id do not', () => {
    const withheld = entryEvent(change(full, { isWithheld: true }), feed, detectedAt);
    expect(withheld).toEqual({ ...entryEvent(change(full), feed, detectedAt), isWithheld: true });
  });

  test.each<[string, Partial<EntryChange>]>([
    ['the revision', { revision: 3 }],
    ['the content', { contentHash: 'sha256:00' }],
    ['the key', { key: { source: 'guid', value: 'guid:x' } }],
    ['the type', { type: 'entry.new' }],
  ])('%s changes the id of an update', (_, changed) => {
    expect(idOf({ ...updated, ...changed })).not.toBe(idOf(updated));
  });

  test('FAULTS B18: one guid in two feeds makes two ids', () => {
    expect(idOf({}, { id: 'other' })).not.toBe(idOf({}));
  });
});

describe('the feed', () => {
  test.each<[FeedFormat, string]>([
    ['atom10', 'atom'],
    ['atom03', 'atom'],
    ['rss20', 'rss'],
    ['rss090', 'rss'],
    ['rss', 'rss'],
    ['json11', 'json'],
  ])('%s is called %s', (format, name) => {
    const event = entryEvent(change(bare), { ...feed, facts: { format } }, detectedAt);
    expect(JSON.parse(event.body).data.feed.format).toBe(name);
  });

  test('never shows a password of its URLs', () => {
    const secret = { ...feed, url: 'https://me:p@ss@example.org/feed', feedUrl: 'http://me@example.org/@x' };
    expect(JSON.parse(entryEvent(change(bare), secret, detectedAt).body).data.feed).toMatchObject({
      url: 'https://example.org/feed',
      feed_url: 'http://example.org/@x',
    });
  });
});

describe('the entry is a valid JSON Feed 1.1 item', () => {
  test.each<[string, Entry]>([
    ['with everything', full],
    ['with nothing', bare],
    [
      'with an author without a name',
      { ...bare, authors: [{ url: 'https://example.org/jd' }, { email: 'j@x.org' }, {}] },
    ],
    [
      'with an attachment without a type',
      { ...bare, enclosures: [{ url: 'https://example.org/a', sizeBytes: 0 }] },
    ],
    [
      'with links that are none',
      { ...bare, url: 'javascript:x', image: '/a.jpg', authors: [{ name: 'J', url: 'x' }] },
    ],
  ])('%s', (_, entry) => {
    expect(itemComplaints(bodyOf(entry).data.entry)).toEqual([]);
  });

  test('its check finds what is wrong', () => {
    expect(
      itemComplaints({
        url: 'x',
        title: 1,
        authors: [{}],
        attachments: [{ url: 'https://x.org' }],
        date_published: 'now',
        extra: 1,
        _x: 1,
      }),
    ).toHaveLength(9);
  });
});

describe('what is unknown is absent', () => {
  test('an entry with nothing has an id, an empty text and its extension', () => {
    expect(Object.keys(itemOf({}))).toEqual(['id', 'content_text', '_feedhook']);
    expect(itemOf({})).toMatchObject({ content_text: '', _feedhook: { date_source: 'none' } });
  });

  test('the id is generated from the key when the feed has none', () => {
    const key = { source: 'link', value: 'link:https://example.org/1' } as const;
    expect(itemOf({}, { key })).toMatchObject({
      id: key.value,
      _feedhook: { key: key.value, key_source: 'link' },
    });
    expect(itemOf({ id: ' ' }, { key }).id).toBe(key.value);
  });

  test.each<[string, Partial<Entry>]>([
    ['a blank title', { title: ' \n' }],
    ['a blank summary', { summary: '<p> </p>' }],
    ['a relative link', { url: '/a' }],
    [
      'a script link',
      { url: 'javascript:x()', externalUrl: 'data:text/html,x', image: 'file:///etc/passwd' },
    ],
    ['authors without anything to show', { authors: [{}, { name: ' ', url: 'mailto:x' }] }],
    ['blank tags', { categories: [{ term: ' ' }] }],
    ['enclosures that are not on the web', { enclosures: [{ url: 'magnet:?xt=1' }, { url: 'a.mp3' }] }],
    ['a source without anything to show', { source: { feedUrl: 'x' } }],
  ])('%s leaves no trace', (_, fields) => {
    expect(itemOf(fields)).toEqual(itemOf({}));
  });

  test('null occurs nowhere', () => {
    expect(entryEvent(change(full), feed, detectedAt).body).not.toContain('null');
  });
});

describe('texts', () => {
  test.each<[string, Partial<Entry>, object]>([
    [
      'HTML content comes as HTML and as text',
      { contentHtml: '<p>a &amp; b</p>' },
      { content_html: '<p>a &amp; b</p>', content_text: 'a & b' },
    ],
    [
      'text content comes as it is',
      { contentText: 'a <b> &amp; c\n d' },
      { content_text: 'a <b> &amp; c\n d' },
    ],
    [
      'both come as given',
      { contentHtml: '<p>a</p>', contentText: 'A' },
      { content_html: '<p>a</p>', content_text: 'A' },
    ],
    [
      'a summary is plain',
      { summary: '<b>a</b> &amp; b', contentText: 'c' },
      { summary: 'a & b', content_text: 'c' },
    ],
    [
      'a summary that is text keeps its brackets',
      { summary: 'a <b> &amp; c', summaryIsText: true },
      { summary: 'a <b> &amp; c', content_text: '' },
    ],
    ['a plain description is a summary', { summary: 'a' }, { summary: 'a', content_text: '' }],
    [
      'a description with markup is also the content',
      { summary: '<p>a</p><img src="https://x.org/i">' },
      { summary: 'a', content_html: '<p>a</p><img src="https://x.org/i" />', content_text: 'a' },
    ],
    ['HTML without anything safe is no body', { contentHtml: '<script>x()</script>' }, { content_text: '' }],
  ])('%s', (_, fields, expected) => {
    const { id: __, _feedhook, ...item } = itemOf(fields);
    expect(item).toEqual(expected);
  });
});

describe('lists', () => {
  test('tags are the terms, each once', () => {
    const categories = [{ term: 'a', label: 'A' }, { term: 'b' }, { term: 'a' }, { term: '', label: 'C' }];
    expect(itemOf({ categories }).tags).toEqual(['a', 'b', 'C']);
  });

  test('an unknown media type is octet-stream, and a length of 0 is dropped', () => {
    expect(
      itemOf({ enclosures: [{ url: 'https://example.org/a', sizeBytes: 0, durationSeconds: 0 }] })
        .attachments,
    ).toEqual([{ url: 'https://example.org/a', mime_type: 'application/octet-stream' }]);
  });

  test('an author is shown by name, else by address', () => {
    const authors = [{ name: 'J', email: 'j@example.org' }, { email: 'k@example.org' }];
    expect(itemOf({ authors }).authors).toEqual([{ name: 'J' }, { name: 'k@example.org' }]);
  });
});

test('an entry of `initial` says so', () => {
  expect(itemOf({}, { isInitial: true })._feedhook.initial).toBe(true);
});

test('only an update names changes, beside the entry', () => {
  expect(bodyOf(full, updated).data.changed).toEqual(['title', 'content']);
  expect(bodyOf(full).data).not.toHaveProperty('changed');
});

describe('what was before an update', () => {
  test.each<[string, EntryChange['previous'], object | undefined]>([
    [
      'title and link',
      { title: 'Old', url: 'https://example.org/o' },
      { title: 'Old', url: 'https://example.org/o' },
    ],
    ['the title alone', { id: 'urn:1', title: 'Old' }, { title: 'Old' }],
    ['nothing that is known', {}, undefined],
    ['nothing that can be told', { title: ' ', url: 'javascript:x' }, undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_, previous, expected) => {
    expect(bodyOf(full, { ...updated, ...(previous && { previous }) }).data.previous).toEqual(expected);
  });

  test('a title that is none is cut', () => {
    const { previous } = bodyOf(full, { ...updated, previous: { title: 'x'.repeat(9_000) } }).data;
    expect(previous.title).toHaveLength(4096);
  });
});

describe('a deletion', () => {
  const dataOf = (entry: Entry, more: Partial<EntryChange> = {}) =>
    bodyOf(entry, { ...deletion, ...more }).data;

  test('has what names the entry, the reason and no content', () => {
    const { entry, reason } = dataOf({ ...full, ...label });
    expect(Object.keys(entry)).toEqual(['id', 'url', 'title', '_feedhook']);
    expect(Object.keys(entry._feedhook)).toEqual(['key', 'key_source', 'revision', 'sequence', 'first_seen']);
    expect(reason).toBe('tombstone');
    expect(dataOf(label, { reason: 'vanished' }).reason).toBe('vanished');
  });

  test('of an entry of which nothing was kept is named by its key', () => {
    const { entry } = dataOf(bare);
    expect(entry).toEqual({ id: 'guid:tag:example.org,2026:post-42', _feedhook: entry._feedhook });
  });

  test('with a link that is none, and a title of pages, is inert', () => {
    const { entry } = dataOf({ ...bare, url: 'javascript:x', title: `\ud800${'x'.repeat(9_000)}` });
    expect(entry).not.toHaveProperty('url');
    expect(entry.title).toMatch(/^\ufffdx{4093}$/);
  });
});

describe('docs/delivery.md', () => {
  const doc = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');
  const examples = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1] ?? ''));
  const named = (type: string) => {
    const row = new RegExp(`^\\| \`${type}\` \\| (.*?) \\|`, 'm').exec(doc)?.[1] ?? '';
    return [...row.matchAll(/`(\w+)`/g)].map((match) => match[1]);
  };

  test.each(['entry-new', 'entry-updated-previous', 'entry-deleted'])(
    'its table names the fields of %s',
    (name) => {
      const { type, data } = JSON.parse(golden(name));
      expect(['feed', ...named(type)]).toEqual(Object.keys(data));
    },
  );

  test.each([
    ['entry-updated-previous', ['changed', 'previous']],
    ['entry-deleted', ['entry', 'reason']],
  ])('its example of %s is the event itself', (name, fields) => {
    const { type, data } = JSON.parse(golden(name));
    const shown = Object.fromEntries(fields.map((field) => [field, data[field]]));
    expect(examples.find((example) => example.type === type)?.data).toEqual(shown);
  });
});

describe('the raw content', () => {
  const rawOf = (of: Partial<EventFeed>, entry = full) =>
    JSON.parse(entryEvent(change(entry), { ...feed, ...of }, detectedAt).body).data.entry._feedhook
      .content_raw;

  test('comes when the feed wants it, as the feed gave it', () => {
    expect(rawOf({ rawContent: true })).toBe(full.contentHtml);
  });

  test.each([
    ['is not wanted', { rawContent: false }],
    ['is not spoken of', {}],
  ])('does not come when it %s', (_, of) => {
    expect(rawOf(of)).toBeUndefined();
  });
});

test('the body of an event is made when it is asked for, and is the same each time', () => {
  let readings = 0;
  const entry: Entry = {
    ...bare,
    get title() {
      readings += 1;
      return 'Plain';
    },
  };
  const event = entryEvent(change(entry), feed, detectedAt);
  expect(readings).toBe(0);
  expect(event.body).toBe(event.body);
  expect(readings).toBeGreaterThan(0);
});
