// The demo's origin is a measuring instrument, so it is measured first: exact 304s and true counts.

import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { isNotModified } from '../../../src/commands/demo/conditional.ts';
import type { DemoEntry } from '../../../src/commands/demo/documents/feed.ts';
import { versionOf } from '../../../src/commands/demo/feed-window.ts';
import { Origin, type OriginAnswer } from '../../../src/commands/demo/origin.ts';
import { bakery } from '../../../src/commands/demo/texts/bakery.ts';
import { harbour } from '../../../src/commands/demo/texts/harbour.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const clock = new FakeClock('2026-11-20T12:00:00.500Z');
let origin: Origin;

beforeEach(async () => {
  origin = await Origin.start({ clock, feeds: [harbour.feed, bakery.feed], windowSize: 3 });
});
afterEach(() => origin.close());

const entry = (id: string): DemoEntry => ({
  id,
  url: `https://otter.example/${id}`,
  title: `Entry ${id}`,
  html: '<p>text</p>',
  tags: [],
  publishedAt: clock.now(),
});

async function get(headers: Record<string, string> = {}, feedId = 'harbour') {
  const answer = await request(origin.feedUrl(feedId), { headers });
  return { ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) };
}

describe('RFC 9110 §13.2.2 conditional GET', () => {
  const modifiedAt = Date.parse('2026-11-20T12:00:00.500Z');
  const same = 'Fri, 20 Nov 2026 12:00:00 GMT';
  test.each([
    { name: 'no validators', headers: {}, expected: false },
    { name: 'the same tag', headers: { 'if-none-match': '"v1"' }, expected: true },
    { name: 'the same tag, weak', headers: { 'if-none-match': 'W/"v1"' }, expected: true },
    { name: 'a list with the tag', headers: { 'if-none-match': '"v0", "v1"' }, expected: true },
    { name: 'any tag', headers: { 'if-none-match': '*' }, expected: true },
    { name: 'another tag', headers: { 'if-none-match': '"v0"' }, expected: false },
    {
      name: 'another tag beside the same date: the tag decides',
      headers: { 'if-none-match': '"v0"', 'if-modified-since': same },
      expected: false,
    },
    { name: 'the same date', headers: { 'if-modified-since': same }, expected: true },
    {
      name: 'an earlier date',
      headers: { 'if-modified-since': 'Fri, 20 Nov 2026 11:59:59 GMT' },
      expected: false,
    },
    { name: 'no date at all', headers: { 'if-modified-since': 'yesterday' }, expected: false },
  ])('$name -> not modified: $expected', ({ headers, expected }) => {
    expect(isNotModified(headers, { etag: '"v1"', modifiedAt })).toBe(expected);
  });
});

describe('the origin', () => {
  test('a 200 carries both validators, and sending them back brings a 304 without a body', async () => {
    origin.publish('harbour', entry('1'));
    const first = await get();
    expect(first.statusCode).toBe(200);
    expect(first.headers).toMatchObject({
      etag: '"v1"',
      'last-modified': 'Fri, 20 Nov 2026 12:00:00 GMT',
      'content-type': 'application/atom+xml',
    });
    const second = await get({ 'if-none-match': '"v1"' });
    expect(second.statusCode).toBe(304);
    expect(second.headers.etag).toBe('"v1"');
    expect(second.bytes).toHaveLength(0);
  });

  test('gzip on request, under a tag of its own', async () => {
    origin.publish('harbour', entry('1'));
    const plain = await get();
    const zipped = await get({ 'accept-encoding': 'gzip, br' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', etag: '"v1-gzip"' });
    expect(gunzipSync(zipped.bytes)).toEqual(plain.bytes);
  });

  test('the window holds the newest entries, newest first', () => {
    origin.publish('harbour', entry('1'), entry('2'));
    expect(origin.publish('harbour', entry('3'), entry('4'))).toBe(2);
    expect(origin.entries('harbour').map(({ id }) => id)).toEqual(['4', '3', '2']);
  });

  test('every request is counted once, by feed and in all', async () => {
    origin.publish('harbour', entry('1'));
    const { bytes } = await get();
    await get({ 'if-none-match': '"v1"' });
    await get({}, 'bakery');
    expect(origin.counts('harbour')).toEqual({
      requests: 2,
      unconditional: 1,
      notModified: 1,
      bytesSent: bytes.length,
      bytesSaved: bytes.length,
    });
    expect(origin.counts().requests).toBe(3);
  });

  test('each answer tells which version its sender knew and which it was sent', async () => {
    const answers: OriginAnswer[] = [];
    origin.on('answer', (answer) => answers.push(answer));
    origin.publish('harbour', entry('1'));
    origin.publish('harbour', entry('2'));
    await get({ 'if-none-match': '"v1-gzip"' });
    expect(answers).toMatchObject([{ feedId: 'harbour', status: 200, knownVersion: 1, version: 2 }]);
  });

  test('an unknown path is a 404 and another method a 405', async () => {
    const wrongPath = await request(`${origin.url}/nothing`);
    const wrongMethod = await request(origin.feedUrl('harbour'), { method: 'POST' });
    await Promise.all([wrongPath.body.dump(), wrongMethod.body.dump()]);
    expect([wrongPath.statusCode, wrongMethod.statusCode]).toEqual([404, 405]);
  });

  test.each([
    { field: undefined, expected: undefined },
    { field: '"v12"', expected: 12 },
    { field: 'W/"v12-gzip"', expected: 12 },
    { field: '"other"', expected: undefined },
  ])('If-None-Match $field names version $expected', ({ field, expected }) => {
    expect(versionOf(field)).toBe(expected);
  });
});
