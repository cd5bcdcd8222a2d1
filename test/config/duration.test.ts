import { describe, expect, test } from '@jest/globals';
import { formatDuration, parseDuration, parseSize } from '../../src/config/duration.ts';

describe('a span of time', () => {
  test.each([
    ['0', 0],
    ['0s', 0],
    ['500ms', 500],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1d1h1m1s1ms', 90_061_001],
    ['3650d', 315_360_000_000],
  ])('%s has %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test('the number 0 needs no unit', () => {
    expect(parseDuration(0)).toBe(0);
  });

  test('a bare number is refused with what to write', () => {
    expect(() => parseDuration(15)).toThrow('write 15m for minutes, 15s for seconds');
  });

  test.each([
    ['a negative number', -1],
    ['not a number', Number.NaN],
    ['a number beyond reason', 1e99],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a fraction', 1.5],
    ['a text of digits', '15'],
    ['a negative text', '-5m'],
    ['a text with a fraction', '1.5h'],
    ['an exponent', '1e99'],
    ['a space', '15 m'],
    ['units in the wrong order', '30m1h'],
    ['a unit twice', '1h1h'],
    ['an unknown unit', '2w'],
    ['an upper case unit', '15M'],
    ['nothing', ''],
    ['null', null],
    ['a list', ['15m']],
  ])('%s is refused', (_, value) => {
    expect(() => parseDuration(value)).toThrow(
      'expected a span of time such as 500ms, 90s, 15m, 1h30m or 7d',
    );
  });

  test.each([['3651d'], ['3650d1ms'], ['999999999999999d']])('%s is longer than the longest span', (text) => {
    expect(() => parseDuration(text)).toThrow('longer than 3650d');
  });

  test.each([[0], [1], [90_061_001], [5_400_000], [315_360_000_000]])(
    '%d milliseconds are written so that they read the same',
    (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    },
  );
});

describe('a size', () => {
  test.each([
    ['0', 0],
    ['512B', 512],
    ['64KiB', 65_536],
    ['10KB', 10_000],
    ['10MB', 10_000_000],
    ['1MiB', 1_048_576],
    ['1GB', 1_000_000_000],
    ['2GiB', 2_147_483_648],
    ['1000GB', 1_000_000_000_000],
  ])('%s has %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    ['a bare number', 10],
    ['a text of digits', '10'],
    ['a negative size', '-1B'],
    ['a fraction', '1.5MB'],
    ['not a number', Number.NaN],
    ['a number beyond reason', 1e99],
    ['an unknown unit', '10Mb'],
    ['nothing', ''],
  ])('%s is refused', (_, value) => {
    expect(() => parseSize(value)).toThrow('expected a size such as 512B, 64KiB or 10MB');
  });

  test('a size beyond the largest is refused', () => {
    expect(() => parseSize('1001GB')).toThrow('larger than 1000GB');
  });
});
