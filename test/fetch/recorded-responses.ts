// 50 answers as they stand on the wire: eight documents, six content codings, and the three ways of saying where a
// body ends, each coding of a document with another one. Of our own writing. And the way that reads them: the
// real client from a raw origin, then charset and parser.

import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { systemClock } from '../../src/clock.ts';
import { decode } from '../../src/decode/decode.ts';
import { FeedhookError } from '../../src/errors.ts';
import { createFeedClient, type FeedClient } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import type { FetchedFeed } from '../../src/model/poll.ts';
import { parse } from '../../src/parse/parse.ts';
import { type RawConnection, startRawOrigin, toEachRequest } from '../support/raw-origin.ts';
import { limits } from './clients.ts';

export interface RecordedResponse {
  readonly name: string;
  readonly head: Buffer;
  readonly body: Buffer;
  readonly framing: Framing;
}

export type Framing = 'length' | 'chunked' | 'close';

interface Document {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

// Characters of two, three and four bytes; all of them in UTF-8, as many as there are in the other charsets.
const wide = 'Grüße, naïve café — 日本語のニュース, новости, 🦊🚀';

const rssText = (titles: readonly string[], declaration = '') =>
  `${declaration}<rss version="2.0"><channel><title>${titles[0]}</title><link>https://example.org/</link>${titles
    .map(
      (title, n) =>
        `<item><guid isPermaLink="false">id-${n}</guid><title>${title}</title><link>https://example.org/${n}</link>` +
        `<description><![CDATA[<p>${title}</p>]]></description><pubDate>Fri, 20 Nov 2026 0${n}:00:00 GMT</pubDate></item>`,
    )
    .join('')}</channel></rss>`;

const atomText = (titles: readonly string[]) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feed</id><title>${titles[0]}</title>${titles
    .map(
      (title, n) =>
        `<entry><id>urn:entry:${n}</id><title type="html">&lt;b&gt;${title}&lt;/b&gt;</title><updated>2026-11-20T0${n}:00:00Z</updated>` +
        `<link href="https://example.org/${n}"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${title}</div></content></entry>`,
    )
    .join('\n')}</feed>`;

const rdfText = (titles: readonly string[]) =>
  `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">` +
  `<channel rdf:about="https://example.org/"><title>${titles[0]}</title></channel>${titles
    .map(
      (title, n) =>
        `<item rdf:about="https://example.org/${n}"><title>${title}</title><link>https://example.org/${n}</link></item>`,
    )
    .join('')}</rdf:RDF>`;

const jsonText = (titles: readonly string[]) =>
  JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: titles[0],
    items: titles.map((title, n) => ({ id: `${n}`, title, content_text: `${title}\n${title}` })),
  });

const plain = ['First post', 'Second post', 'Third &amp; last'];
const utf8 = [wide, `${wide} 2`, 'émoji 👩‍🚀'];
const japanese = ['ニュース一覧', '今日の天気', '日本語のタイトル'];

const documents: readonly Document[] = [
  { name: 'RSS 2.0', type: 'application/rss+xml', body: Buffer.from(rssText(plain)) },
  { name: 'RSS 2.0 in UTF-8', type: 'application/rss+xml; charset=utf-8', body: Buffer.from(rssText(utf8)) },
  { name: 'Atom in UTF-8', type: 'application/atom+xml', body: Buffer.from(atomText(utf8)) },
  { name: 'RSS 1.0 in UTF-8', type: 'application/rdf+xml', body: Buffer.from(rdfText(utf8)) },
  { name: 'JSON Feed', type: 'application/feed+json', body: Buffer.from(jsonText(utf8)) },
  {
    name: 'RSS 2.0 in UTF-16',
    type: 'text/xml',
    body: iconv.encode(rssText(utf8, '<?xml version="1.0"?>'), 'utf-16le', { addBOM: true }),
  },
  {
    name: 'RSS 2.0 in Shift_JIS',
    type: 'text/xml',
    body: iconv.encode(rssText(japanese, '<?xml version="1.0" encoding="Shift_JIS"?>'), 'shift_jis'),
  },
  {
    name: 'RSS 2.0 in GB18030',
    type: 'application/xml; charset=gb18030',
    body: iconv.encode(rssText(['新闻', wide]), 'gb18030'),
  },
];

const codings: readonly (readonly [
  name: string,
  token: string | undefined,
  pack: (body: Buffer) => Buffer,
])[] = [
  ['plain', undefined, (body) => body],
  ['gzip', 'gzip', (body) => gzipSync(body)],
  ['deflate', 'deflate', (body) => deflateSync(body)],
  ['raw deflate', 'deflate', (body) => deflateRawSync(body)],
  ['br', 'br', (body) => brotliCompressSync(body)],
  ['zstd', 'zstd', (body) => zstdCompressSync(body)],
];

const framings: readonly Framing[] = ['length', 'chunked', 'close'];

export const recordedResponses: readonly RecordedResponse[] = [
  ...documents.flatMap((document, row) =>
    codings.map(([coding, token, pack], column) => {
      const framing = framings[(row + column) % framings.length] ?? 'length';
      const name = `${document.name}, ${coding}, ${framing}`;
      return record(name, document.type, token, pack(document.body), framing);
    }),
  ),
  inMembers('RSS 2.0 in UTF-8, a gzip member for each 100 bytes', 100),
  inMembers('RSS 2.0 in UTF-8, a gzip member for each 7 bytes', 7),
];

/** The documents plain and without a length: nothing but their own end says that they are whole. */
export const unframedResponses: readonly RecordedResponse[] = documents.map(({ name, type, body }) =>
  record(`${name}, plain, close`, type, undefined, body, 'close'),
);

function inMembers(name: string, bytes: number): RecordedResponse {
  const body = Buffer.from(rssText(utf8));
  const members = Array.from({ length: Math.ceil(body.length / bytes) }, (_, at) =>
    gzipSync(body.subarray(at * bytes, (at + 1) * bytes)),
  );
  return record(name, 'application/rss+xml', 'gzip', Buffer.concat(members), 'close');
}

export function record(
  name: string,
  type: string,
  coding: string | undefined,
  body: Buffer,
  framing: Framing,
): RecordedResponse {
  const head = [
    'HTTP/1.1 200 OK',
    'Server: test',
    `Content-Type: ${type}`,
    'ETag: "recorded"',
    ...(coding === undefined ? [] : [`Content-Encoding: ${coding}`]),
    framing === 'length' ? `Content-Length: ${body.length}` : '',
    framing === 'chunked' ? 'Transfer-Encoding: chunked' : '',
    framing === 'close' ? 'Connection: close' : '',
  ].filter((line) => line !== '');
  return {
    name,
    head: Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
    body: framing === 'chunked' ? inChunks(body, 200) : body,
    framing,
  };
}

/** A chunked body whose chunks have `bytes` bytes. */
export function inChunks(body: Buffer, bytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += bytes) {
    const chunk = body.subarray(at, at + bytes);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

export function wireOf({ head, body }: RecordedResponse): Buffer {
  return Buffer.concat([head, body]);
}

/** What became of an answer: the fetch, and what the parser made of it or the code it refused it with. */
export interface Reading {
  readonly fetched: FetchedFeed;
  readonly parsed?: ParsedFeed;
  readonly code?: string;
}

export interface ResponseReader extends AsyncDisposable {
  /** Sends the pieces, each in a turn of its own, ends the connection, and reads what arrives. */
  read(...pieces: readonly Uint8Array[]): Promise<Reading>;
}

/** One origin and one client for many answers, each on a connection of its own, under limits of two seconds. */
export async function startReader(): Promise<ResponseReader> {
  let pieces: readonly Uint8Array[] = [];
  let used: RawConnection | undefined;
  const origin = await startRawOrigin(
    toEachRequest(async (connection) => {
      used = connection;
      for (const piece of pieces) {
        await connection.write(piece);
        if (pieces.length > 1) await turn();
      }
      connection.end();
    }),
  );
  const client: FeedClient = createFeedClient({
    clock: systemClock,
    limits: { ...limits, requestTimeoutMs: 2_000 },
    guard: createGuard({ audience: 'feeds', allow: ['loopback'] }),
    userAgent: 'feedhook/test',
  });
  return {
    async read(...sent) {
      pieces = sent;
      const fetched = await client.fetch({ url: origin.url });
      await used?.closed;
      return readingOf(fetched);
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await origin[Symbol.asyncDispose]();
    },
  };
}

/** Lets the other end of a connection of this process read what was written. */
async function turn(): Promise<void> {
  for (let n = 0; n < 2; n++) await new Promise((resolve) => setImmediate(resolve));
}

function readingOf(fetched: FetchedFeed): Reading {
  if (fetched.kind !== 'document')
    return { fetched, ...(fetched.kind === 'failed' && { code: fetched.code }) };
  const { body, contentType, url } = fetched;
  try {
    const { text } = decode(body, contentType);
    const parsed = parse({
      text,
      url,
      limits: parseLimits,
      ...(contentType !== undefined && { contentType }),
    });
    return { fetched, parsed };
  } catch (error) {
    if (error instanceof FeedhookError) return { fetched, code: error.code };
    throw error;
  }
}

const parseLimits = { maxDepth: 100, maxReferences: 10_000, maxTags: 10_000, maxEntries: 100 };

/** More runs by hand: `RUNS=20000 npm run jest -- test/fetch`. */
export const runs = (usual: number): number => Number(process.env.RUNS ?? usual);
