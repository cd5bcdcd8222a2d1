import { describe, expect, test } from '@jest/globals';
import { jsonText, withMaskedUrls } from '../../src/commands/json-text.ts';
import { whyJson } from '../../src/commands/why.ts';

describe('the JSON of a command', () => {
  test.each([
    ['an escape sequence', '\u001b[31m'],
    ['its form of one byte', '\u009b31m'],
    ['a line separator', '\u2028'],
    ['a change of direction', '\u202e'],
    ['a mark beyond 16 bits', '\u{e0001}'],
  ])('holds %s as an escape, and gives it back', (_name, evil) => {
    const text = jsonText({ evil });
    expect(text).toMatch(/^[\n\x20-\x7e]+$/);
    expect(JSON.parse(text)).toEqual({ evil });
  });

  test('has URLs without their query values, wherever they stand', () => {
    const url = 'https://example.org/feed?token=hunter2';
    const state = {
      url,
      lastPoll: { url, hops: [{ url, status: 301 }] },
      pendingMove: { to: url },
      failures: 0,
    };
    const masked = 'https://example.org/feed?token=***';
    expect(withMaskedUrls([state])).toEqual([
      {
        url: masked,
        lastPoll: { url: masked, hops: [{ url: masked, status: 301 }] },
        pendingMove: { to: masked },
        failures: 0,
      },
    ]);
  });

  test('of why has only the URL of a move whole, which a person has to write down', () => {
    const url = 'https://example.org/feed?token=hunter2';
    const to = 'https://example.net/feed?token=hunter2';
    const report = { feedId: 'log', advice: '', url, adopted: { url: to, at: 0 }, sameUrl: [] };
    expect(JSON.parse(whyJson(report))).toMatchObject({
      url: 'https://example.org/feed?token=***',
      adopted: { url: to },
    });
  });
});
