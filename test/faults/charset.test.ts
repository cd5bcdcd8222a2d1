// Group C of FAULTS §3 through the whole poll: headers and bytes that do not agree. What is decoded is told in the poll's
// summary and right in the payload; a label that nobody can decode is a failed poll that teaches nothing.

import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { charsetPairs } from '../decode/charset-pairs.ts';
import { fieldOfItems } from './read-items.ts';
import { type Answer, bytes, eachTestInItsWorld, survives } from './world.ts';

const world = eachTestInItsWorld();

const served = (body: Uint8Array, type: string): Answer =>
  bytes(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`, body);

const feed = (title: string, encoding = '', id = 'a') =>
  `<?xml version="1.0"${encoding && ` encoding="${encoding}"`}?><rss version="2.0"><channel><title>Log</title><item><guid isPermaLink="false">${id}</guid><title>${title}</title></item></channel></rss>`;

/** With these bytes in the place of the title. */
function around(title: Uint8Array): Buffer {
  const [before = '', after = ''] = feed('|').split('|');
  return Buffer.concat([Buffer.from(before), title, Buffer.from(after)]);
}

/** Polls an empty feed, then these bytes; how the charset was decided. */
async function deliver(body: Uint8Array, type: string) {
  world().answer = served(Buffer.from('<rss version="2.0"><channel/></rss>'), 'application/xml');
  await world().poll();
  world().answer = served(body, type);
  const { summary } = await world().poll();
  expect(summary.outcome).toBe('updated');
  return summary.charset;
}

const titles = () => fieldOfItems(world(), 'title');

describe('C01: bytes that are no UTF-8', () => {
  test.each([
    ['0xFF', 'c3a9 ff', 'é\ufffd'],
    ['an overlong slash', 'c3a9 c0af', 'é\ufffd\ufffd'],
    ['a surrogate of CESU-8', 'c3a9 eda080', 'é\ufffd\ufffd\ufffd'],
  ])('%s: is replaced, flagged, and the entry comes once', async (_name, hex, title) => {
    const damaged = around(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(await deliver(damaged, 'application/xml; charset=utf-8')).toMatchObject({
      charset: 'utf-8',
      reason: 'recovered-replacement',
      recovered: true,
    });
    expect(await titles()).toEqual([title]);
    world().answer = served(
      Buffer.concat([damaged, Buffer.from('<!-- later -->')]),
      'application/xml; charset=utf-8',
    );
    expect((await world().poll()).summary).toMatchObject({ outcome: 'unchanged', events: 0 });
  });

  test('an id with a damaged character is the same id at each poll', async () => {
    const damaged = (title: string) => {
      const [before = '', after = ''] = feed(title, '', 'é|').split('|');
      return Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]);
    };
    await deliver(damaged('one'), 'application/xml');
    world().answer = served(damaged('one  '), 'application/xml');
    expect((await world().poll()).summary.events).toBe(0);
    expect(await world().delivered()).toEqual(['guid:é\ufffd']);
  });
});

describe('C04: charset parameter against declaration', () => {
  test.each(charsetPairs)(
    'charset=%s against encoding="%s": the header wins, in the payload too',
    async (header, declared, title, charset) => {
      const body = iconv.encode(feed(title, declared), header);
      expect(await deliver(body, `application/xml; charset=${header}`)).toEqual({
        charset,
        reason: 'content-type',
        recovered: false,
      });
      expect(await titles()).toEqual([title]);
    },
  );
});

describe('C05: a charset parameter as origins write it', () => {
  const body = iconv.encode(feed('Привет'), 'windows-1251');

  test.each([
    ['in quotes', '"windows-1251"'],
    ['in single quotes', "'windows-1251'"],
    ['in upper case', 'WINDOWS-1251'],
    ['with a semicolon behind it', 'windows-1251;'],
    ['twice', 'windows-1251; charset=utf-8'],
  ])('%s', async (_name, parameter) => {
    expect(await deliver(body, `text/xml; charset=${parameter}`)).toMatchObject({
      charset: 'windows-1251',
      recovered: false,
    });
    expect(await titles()).toEqual(['Привет']);
  });

  test('of 10 KB is ignored', async () => {
    const long = `application/xml; charset=${'x'.repeat(10_000)}`;
    expect(await deliver(Buffer.from(feed('Größe')), long)).toMatchObject({
      charset: 'utf-8',
      recovered: false,
    });
    expect(await titles()).toEqual(['Größe']);
  });
});

describe('C06: labels that TextDecoder does not know', () => {
  test.each([
    ['utf-7', Buffer.from(feed('Gr+APwA3w-e')), 'Grüße'],
    ['utf-32', Buffer.from(iconv.encode(feed('Grüße'), 'utf-32le')), 'Grüße'],
    ['hz-gb-2312', Buffer.from(feed('~{=qHU~}')), '今日'],
    ['ibm037', undefined, 'tide'],
    ['x-user-defined', Buffer.from(feed('tide')), 'tide'],
  ])('%s is decoded', async (label, body, title) => {
    await deliver(body ?? inEbcdic(feed(title)), `application/xml; charset=${label}`);
    expect(await titles()).toEqual([title]);
  });

  test.each(['replacement', 'nonsense', 'euc-tw'])('%s is a failure, and never guessed', async (label) => {
    await survives(
      world(),
      served(Buffer.from(feed('Größe')), `application/xml; charset=${label}`),
      'charset-unsupported',
    );
  });
});

test('C07: what looks like utf-7 under UTF-8 stays literal in the payload', async () => {
  await deliver(Buffer.from(feed('+ADw-script+AD4-')), 'application/xml; charset=utf-8');
  expect(await titles()).toEqual(['+ADw-script+AD4-']);
});

/** IBM 037: what the document needs of it. */
function inEbcdic(text: string): Buffer {
  const page: Readonly<Record<string, number>> = {
    ' ': 0x40,
    '<': 0x4c,
    '>': 0x6e,
    '/': 0x61,
    '=': 0x7e,
    '"': 0x7f,
    '?': 0x6f,
    '.': 0x4b,
  };
  const blocks: readonly (readonly [string, number])[] = [
    ['abcdefghi', 0x81],
    ['jklmnopqr', 0x91],
    ['stuvwxyz', 0xa2],
    ['ABCDEFGHI', 0xc1],
    ['JKLMNOPQR', 0xd1],
    ['STUVWXYZ', 0xe2],
    ['0123456789', 0xf0],
  ];
  const codeOf = (character: string) =>
    page[character] ??
    blocks.flatMap(([letters, first]) =>
      letters.includes(character) ? [first + letters.indexOf(character)] : [],
    )[0] ??
    0x6f;
  return Buffer.from([...text].map(codeOf));
}
