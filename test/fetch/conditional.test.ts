import { describe, expect, test } from '@jest/globals';
import {
  type Conversation,
  type Particulars,
  requestHeaders,
  validatorsAfter304,
  validatorsFor,
  validatorsOfDocument,
} from '../../src/fetch/conditional.ts';

const url = new URL('https://example.org/feed.xml?a=1');
const conversation: Conversation = {
  userAgent: 'feedhook/0.1.0 (+https://example.org/contact)',
  configured: undefined,
  home: 'https://example.org',
  noCache: false,
};
const both = { url: url.href, etag: '"a"', lastModified: 'Fri, 20 Nov 2026 09:00:00 GMT' };

function headersOf(
  change: Partial<Conversation>,
  particulars: Particulars = {},
  to = url,
): Record<string, string> {
  const flat = requestHeaders(to, { ...conversation, ...change }, particulars);
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
}

describe('the headers of a request', () => {
  test('a request without validators carries User-Agent, Accept and Accept-Encoding and nothing else', () => {
    expect(headersOf({})).toEqual({
      'User-Agent': 'feedhook/0.1.0 (+https://example.org/contact)',
      Accept:
        'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, ' +
        'application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1',
      'Accept-Encoding': 'gzip, deflate, br, zstd',
    });
  });

  test('with both validators both are sent, and A-IM beside If-None-Match', () => {
    expect(headersOf({}, { validators: both })).toMatchObject({
      'If-None-Match': '"a"',
      'If-Modified-Since': 'Fri, 20 Nov 2026 09:00:00 GMT',
      'A-IM': 'feed',
    });
  });

  test('with a date alone there is neither If-None-Match nor A-IM', () => {
    const headers = headersOf({}, { validators: { url: url.href, lastModified: both.lastModified } });
    expect(headers).toHaveProperty('If-Modified-Since');
    expect(headers).not.toHaveProperty('If-None-Match');
    expect(headers).not.toHaveProperty('A-IM');
  });

  test('only poll --force sends Cache-Control: no-cache, and keeps the validators', () => {
    expect(headersOf({ noCache: true }, { validators: both })).toMatchObject({
      'Cache-Control': 'no-cache',
      'If-None-Match': '"a"',
    });
    expect(headersOf({}, { validators: both })).not.toHaveProperty('Cache-Control');
  });

  test.each([
    ['another path', 'https://example.org/other.xml?a=1'],
    ['another query', 'https://example.org/feed.xml?a=2'],
    ['another scheme', 'http://example.org/feed.xml?a=1'],
    ['another host', 'https://www.example.org/feed.xml?a=1'],
  ])('validators do not go to %s than gave them', (_name, other) => {
    expect(validatorsFor(new URL(other), both)).toBeUndefined();
  });

  test('stored validators without any value make no request conditional', () => {
    expect(validatorsFor(url, { url: url.href })).toBeUndefined();
  });

  test.each([
    ['a configured header', { configured: { Authorization: 'Basic eA==' } }, {}],
    ['a credential', {}, { authorization: 'Basic eA==' }],
  ])('%s goes to every URL of the home origin and to no other', (_name, change, particulars) => {
    const at = (to: string) => headersOf(change, particulars, new URL(to));
    expect(at('https://example.org/moved.xml')).toMatchObject({ Authorization: 'Basic eA==' });
    for (const other of [
      'http://example.org/',
      'https://example.org:8443/',
      'https://sub.example.org/',
      'https://example.org./',
    ]) {
      expect(at(other)).not.toHaveProperty('Authorization');
    }
  });

  test('a configured header takes the place of ours, whatever its case', () => {
    const headers = headersOf({ configured: { accept: 'text/xml' } });
    expect(headers).toHaveProperty('accept', 'text/xml');
    expect(headers).not.toHaveProperty('Accept');
  });
});

describe('the validators of a document', () => {
  test('are replaced by its own pair: what it lacks is gone', () => {
    expect(validatorsOfDocument(url, { etag: '"b"' })).toEqual({ url: url.href, etag: '"b"' });
    expect(validatorsOfDocument(url, {})).toEqual({ url: url.href });
  });

  test.each([
    ['weak', 'W/"x"'],
    ['without quotes', 'x'],
    ['the word null', 'null'],
    ['quotes inside', '""x""'],
    ['bytes beyond ASCII', '"\xe9\xff"'],
  ])('an ETag that is %s is kept byte for byte', (_name, etag) => {
    expect(validatorsOfDocument(url, { etag })).toHaveProperty('etag', etag);
  });

  test.each(['yesterday', 'fri, 20 nov 2026 09:00:00 gmt', 'Mon, 20 Nov 2026 09:00:00 GMT', '0'])(
    'a Last-Modified of "%s" is kept byte for byte',
    (lastModified) => {
      expect(validatorsOfDocument(url, { 'last-modified': lastModified })).toHaveProperty(
        'lastModified',
        lastModified,
      );
    },
  );

  test('an empty value, or one that no request may carry, is none', () => {
    expect(validatorsOfDocument(url, { etag: '', 'last-modified': 'a\x01b' })).toEqual({ url: url.href });
  });

  test('of several ETags the first counts', () => {
    expect(validatorsOfDocument(url, { etag: ['"1"', '"2"'] })).toHaveProperty('etag', '"1"');
  });
});

describe('RFC 9111 §4.3.4: the validators after a 304', () => {
  const later = 'Fri, 20 Nov 2026 10:00:00 GMT';
  test.each([
    ['without validators keeps both', both, {}, both],
    ['with the same ETag keeps both', both, { etag: '"a"' }, both],
    ['with the weak form of the ETag takes it', both, { etag: 'W/"a"' }, { ...both, etag: 'W/"a"' }],
    ['with a new date takes it', both, { 'last-modified': later }, { ...both, lastModified: later }],
    ['with another ETag is not about our document', both, { etag: '"b"' }, undefined],
    ['with another ETag is not, whatever its date', both, { etag: '"b"', 'last-modified': later }, undefined],
    [
      'with an ETag where we had none does not take it',
      { url: url.href, lastModified: later },
      { etag: '"b"' },
      { url: url.href, lastModified: later },
    ],
  ])('a 304 %s', (_name, sent, headers, expected) => {
    expect(validatorsAfter304(sent, headers)).toEqual(expected);
  });
});
