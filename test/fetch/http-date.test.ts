import { describe, expect, test } from '@jest/globals';
import { parseHttpDate } from '../../src/fetch/http-date.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const moment = Date.parse('1994-11-06T08:49:37Z');

describe('RFC 9110 §5.6.7 dates', () => {
  test.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime', 'Sun Nov  6 08:49:37 1994'],
    ['a wrong weekday', 'Fri, 06 Nov 1994 08:49:37 GMT'],
    ['no weekday', '06 Nov 1994 08:49:37 GMT'],
    ['one digit for the day', 'Sun, 6 Nov 1994 08:49:37 GMT'],
    ['lower case', 'sun, 06 nov 1994 08:49:37 gmt'],
    ['UTC for GMT', 'Sun, 06 Nov 1994 08:49:37 UTC'],
    ['+0000 for GMT', 'Sun, 06 Nov 1994 08:49:37 +0000'],
    ['RFC 850 with the year in full', 'Sun, 06-Nov-1994 08:49:37 GMT'],
    ['spaces around it', '  Sun, 06 Nov 1994 08:49:37 GMT '],
  ])('%s is read', (_name, text) => {
    expect(parseHttpDate(text, now)).toBe(moment);
  });

  test.each([
    ['nothing', ''],
    ['zero', '0'],
    ['minus one', '-1'],
    ['ISO 8601', '1994-11-06T08:49:37Z'],
    ['another zone', 'Sun, 06 Nov 1994 08:49:37 +0100'],
    ['a month that is none', 'Sun, 06 Foo 1994 08:49:37 GMT'],
    ['30 February', 'Mon, 30 Feb 1994 08:49:37 GMT'],
    ['day 0', 'Mon, 00 Feb 1994 08:49:37 GMT'],
    ['hour 24', 'Sun, 06 Nov 1994 24:00:00 GMT'],
    ['minute 60', 'Sun, 06 Nov 1994 08:60:00 GMT'],
    ['year 0', 'Sun, 06 Nov 0000 08:49:37 GMT'],
    ['two dates', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT'],
    ['words', 'tomorrow'],
  ])('%s is no date', (_name, text) => {
    expect(parseHttpDate(text, now)).toBeUndefined();
  });

  test.each([
    ['up to 50 years ahead are ahead', '76', 2076],
    ['more than 50 years ahead lie in the past', '77', 1977],
    ['this year', '26', 2026],
  ])('two digits of a year: %s', (_name, digits, year) => {
    expect(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now)).toBe(
      Date.UTC(year, 10, 6, 8, 49, 37),
    );
  });

  test.each([
    ['2038', 'Tue, 19 Jan 2038 03:14:08 GMT', Date.UTC(2038, 0, 19, 3, 14, 8)],
    ['9999', 'Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['29 February of a leap year', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ])('%s overflows nothing', (_name, text, expected) => {
    expect(parseHttpDate(text, now)).toBe(expected);
  });
});
