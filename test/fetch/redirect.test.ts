import { describe, expect, test } from '@jest/globals';
import { decideRedirect, isRedirect, requestUrl } from '../../src/fetch/redirect.ts';

const url = new URL('https://example.org/a/feed.xml');
const walked = { url, hops: [], maxRedirects: 5, mayDowngrade: false };

function targetOf(location: string): string {
  const step = decideRedirect({ location }, walked);
  return step.kind === 'follow' ? step.url.href : step.code;
}

describe('RFC 9110 §15.4: which statuses lead on', () => {
  test.each([301, 302, 303, 307, 308])('%i does', (status) => {
    expect(isRedirect(status)).toBe(true);
  });
  test.each([200, 204, 300, 304, 305, 306, 309, 399, 404])('%i does not', (status) => {
    expect(isRedirect(status)).toBe(false);
  });
});

describe('the target of a redirect', () => {
  test.each([
    ['absolute', 'https://www.example.org/feed', 'https://www.example.org/feed'],
    ['an absolute path', '/feed', 'https://example.org/feed'],
    ['a relative path', 'feed', 'https://example.org/a/feed'],
    ['a query alone', '?page=2', 'https://example.org/a/feed.xml?page=2'],
    ['without scheme', '//127.0.0.9/', 'https://127.0.0.9/'],
    ['with backslashes', 'https:/\\127.0.0.9', 'https://127.0.0.9/'],
    ['with a tab inside the scheme', 'ht\ttps://127.0.0.9/', 'https://127.0.0.9/'],
    ['with spaces around it', '  https://www.example.org/feed ', 'https://www.example.org/feed'],
    ['with user-info, which is dropped', 'https://user:pw@www.example.org/', 'https://www.example.org/'],
    ['with a fragment, which is dropped', '/feed#top', 'https://example.org/feed'],
    ['with an odd spelling of an address', 'https://0x7f.1/', 'https://127.0.0.1/'],
    ['in raw UTF-8', '/caf\xc3\xa9', 'https://example.org/caf%C3%A9'],
    ['in raw latin1', '/caf\xe9', 'https://example.org/caf%C3%A9'],
  ])('%s', (_name, location, expected) => {
    expect(targetOf(location)).toBe(expected);
  });

  test.each([
    ['missing', {}],
    ['empty', { location: '' }],
    ['no URL', { location: 'https://[' }],
    ['of another scheme', { location: 'ftp://example.org/feed' }],
    ['a file', { location: 'file:///etc/passwd' }],
    ['script', { location: 'javascript:alert(1)' }],
    ['data', { location: 'data:text/xml,<rss/>' }],
    ['two that differ', { location: ['/one', '/two'] }],
    ['longer than 4 KB', { location: `/${'x'.repeat(4_096)}` }],
  ])('a Location that is %s is refused', (_name, headers) => {
    expect(decideRedirect(headers, walked)).toMatchObject({ kind: 'refuse', code: 'redirect-invalid' });
  });

  test('a Location of exactly 4 KB is followed, and so are two equal ones', () => {
    expect(targetOf(`/${'x'.repeat(4_095)}`)).toMatch(/^https/);
    expect(decideRedirect({ location: ['/one', '/one'] }, walked).kind).toBe('follow');
  });

  test('https to http is refused, http to https is not', () => {
    expect(targetOf('http://example.org/feed.xml')).toBe('redirect-downgrade');
    const fromHttp = { ...walked, url: new URL('http://example.org/') };
    expect(decideRedirect({ location: 'https://example.org/' }, fromHttp).kind).toBe('follow');
  });

  test('D15: https to http is followed where it may be', () => {
    const step = decideRedirect({ location: 'http://example.org/' }, { ...walked, mayDowngrade: true });
    expect(step.kind).toBe('follow');
  });
});

describe('the length of a chain', () => {
  const hop = (path: string) => ({ url: `https://example.org${path}`, status: 302 });

  test.each([
    ['to itself', '/a/feed.xml', []],
    ['to itself with a fragment', '/a/feed.xml#again', []],
    ['back to an earlier hop', '/first', [hop('/first')]],
  ])('a loop %s is refused', (_name, location, hops) => {
    expect(decideRedirect({ location }, { ...walked, hops })).toMatchObject({ code: 'too-many-redirects' });
  });

  test('the fifth redirect is followed, the sixth is not', () => {
    const hops = ['/1', '/2', '/3', '/4'].map(hop);
    expect(decideRedirect({ location: '/new' }, { ...walked, hops }).kind).toBe('follow');
    expect(decideRedirect({ location: '/new' }, { ...walked, hops: [...hops, hop('/5')] })).toMatchObject({
      code: 'too-many-redirects',
    });
  });

  test('a limit of 0 follows none', () => {
    expect(decideRedirect({ location: '/new' }, { ...walked, maxRedirects: 0 })).toMatchObject({
      code: 'too-many-redirects',
    });
  });
});

test('a URL is asked without user-info and fragment, and otherwise as it is', () => {
  expect(requestUrl(new URL('https://u:p@example.org/f?x=%20y#z')).href).toBe('https://example.org/f?x=%20y');
});
