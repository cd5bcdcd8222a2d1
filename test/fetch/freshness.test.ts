import { describe, expect, test } from '@jest/globals';
import { freshnessOf } from '../../src/fetch/freshness.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const date = 'Fri, 20 Nov 2026 09:00:00 GMT';
const inOneHour = 'Fri, 20 Nov 2026 10:00:00 GMT';
const hour = 3_600_000;

describe('RFC 9111 §4.2 freshness', () => {
  test.each([
    ['max-age', { 'cache-control': 'max-age=900' }, 900_000, 'max-age'],
    ['max-age in capitals', { 'cache-control': 'Public, MAX-AGE=900' }, 900_000, 'max-age'],
    ['max-age in quotes', { 'cache-control': 'max-age="900"' }, 900_000, 'max-age'],
    ['max-age on a second line', { 'cache-control': ['public', 'max-age=900'] }, 900_000, 'max-age'],
    ['max-age minus Age', { 'cache-control': 'max-age=7200', age: '1800' }, 1.5 * hour, 'max-age'],
    ['an Age beyond max-age', { 'cache-control': 'max-age=60', age: '1800' }, 0, 'max-age'],
    ['an Age that is nonsense', { 'cache-control': 'max-age=60', age: '-1800' }, 60_000, 'max-age'],
    [
      'max-age wins over Expires',
      { 'cache-control': 'max-age=60', expires: inOneHour, date },
      60_000,
      'max-age',
    ],
    ['Expires minus Date', { expires: inOneHour, date }, hour, 'expires'],
    ['Expires minus Date minus Age', { expires: inOneHour, date, age: '600' }, hour - 600_000, 'expires'],
    ['Expires without Date, by our clock', { expires: inOneHour }, hour, 'expires'],
    [
      'Expires and Date in the RFC 850 form',
      { expires: 'Friday, 20-Nov-26 10:00:00 GMT', date: 'Friday, 20-Nov-26 09:00:00 GMT' },
      hour,
      'expires',
    ],
    [
      'Expires and Date in different forms',
      { expires: inOneHour, date: 'Fri Nov 20 08:00:00 2026' },
      2 * hour,
      'expires',
    ],
    ['a Date that is nonsense leaves our clock', { expires: inOneHour, date: 'now' }, hour, 'expires'],
    ['a Date ahead of Expires', { expires: inOneHour, date: 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0, 'expires'],
    ['of several Expires the first', { expires: [inOneHour, '0'], date }, hour, 'expires'],
    ['Expires in the asctime form, as UTC', { expires: 'Fri Nov 20 10:00:00 2026', date }, hour, 'expires'],
    [
      'Expires beside other directives',
      { 'cache-control': 'private', expires: inOneHour, date },
      hour,
      'expires',
    ],
    ['Expires that is over', { expires: 'Thu, 19 Nov 2026 09:00:00 GMT', date }, 0, 'expires'],
    ['Expires: 0', { expires: '0', date }, 0, 'expires'],
    ['Expires: -1', { expires: '-1', date }, 0, 'expires'],
    ['no-cache', { 'cache-control': 'no-cache' }, 0, 'max-age'],
    ['no-store beside max-age', { 'cache-control': 'no-store, max-age=900' }, 0, 'max-age'],
    ['max-age=0', { 'cache-control': 'max-age=0' }, 0, 'max-age'],
    ['max-age that is negative', { 'cache-control': 'max-age=-5' }, 0, 'max-age'],
    ['max-age that is nonsense', { 'cache-control': 'max-age=soon' }, 0, 'max-age'],
    ['max-age without a value', { 'cache-control': 'max-age' }, 0, 'max-age'],
    ['max-age with an empty value', { 'cache-control': 'max-age=' }, 0, 'max-age'],
    ['max-age with spaces round it', { 'cache-control': ' public , max-age = 900 ' }, 900_000, 'max-age'],
    ['max-age behind a semicolon', { 'cache-control': 'public; max-age=900' }, 900_000, 'max-age'],
    ['max-age with a fraction', { 'cache-control': 'max-age=1.9' }, 1_000, 'max-age'],
    ['max-age beside s-maxage', { 'cache-control': 's-maxage=60, max-age=900' }, 900_000, 'max-age'],
    [
      'max-age beside must-revalidate',
      { 'cache-control': 'max-age=900, must-revalidate' },
      900_000,
      'max-age',
    ],
    ['max-age beside empty list members', { 'cache-control': ',, max-age=900,' }, 900_000, 'max-age'],
    ['§4.2.1: of two max-age the first', { 'cache-control': 'max-age=900, max-age=60' }, 900_000, 'max-age'],
    ['§4.2.1: on two lines too', { 'cache-control': ['max-age=900', 'max-age=60'] }, 900_000, 'max-age'],
    [
      'and what follows them still counts',
      { 'cache-control': 'max-age=900, max-age=60, no-store' },
      0,
      'max-age',
    ],
    ['no-cache beside max-age', { 'cache-control': 'max-age=900, no-cache' }, 0, 'max-age'],
    [
      '§5.2.2.4: no-cache for some fields alone',
      { 'cache-control': 'no-cache="Set-Cookie, X", max-age=900' },
      900_000,
      'max-age',
    ],
    [
      '§1.2.2: max-age beyond all sense',
      { 'cache-control': `max-age=${'9'.repeat(400)}` },
      2_147_483_648_000,
      'max-age',
    ],
    ['an Age beyond all sense', { 'cache-control': 'max-age=900', age: '9'.repeat(400) }, 0, 'max-age'],
    ['of several Ages the first', { 'cache-control': 'max-age=900', age: ['300', '0'] }, 600_000, 'max-age'],
    ['max-age of years, uncapped here', { 'cache-control': 'max-age=315360000' }, 315_360_000_000, 'max-age'],
  ] as const)('%s', (_name, headers, freshnessMs, source) => {
    expect(freshnessOf(headers, now)).toEqual({ freshnessMs, source });
  });

  test.each([
    ['no header', {}],
    ['only Date and Age', { date, age: '60' }],
    ['s-maxage, which is for shared caches', { 'cache-control': 's-maxage=900' }],
    ['Last-Modified, which would be a guess', { 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT', date }],
    ['immutable alone', { 'cache-control': 'immutable' }],
    ['public alone', { 'cache-control': 'public' }],
    ['no-cache for some fields alone', { 'cache-control': 'no-cache="Set-Cookie"' }],
    ['a directive that only ends in max-age', { 'cache-control': 'x-max-age=900' }],
  ])('%s says nothing', (_name, headers) => {
    expect(freshnessOf(headers, now)).toBeUndefined();
  });

  test('neither Vary: * nor Set-Cookie nor Pragma shortens what the origin asks for', () => {
    const headers = { 'cache-control': 'max-age=900', vary: '*', 'set-cookie': 'a=b', pragma: 'no-cache' };
    expect(freshnessOf(headers, now)).toEqual({ freshnessMs: 900_000, source: 'max-age' });
  });

  test('stale-while-revalidate and stale-if-error lengthen nothing', () => {
    const headers = { 'cache-control': 'max-age=900, stale-while-revalidate=86400, stale-if-error=86400' };
    expect(freshnessOf(headers, now)).toEqual({ freshnessMs: 900_000, source: 'max-age' });
  });
});
