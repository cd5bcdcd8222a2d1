// Interim responses (1xx) before the answer: read over up to their limit, and never for longer than the deadline.

import { describe, expect, test } from '@jest/globals';
import { FakeClock, until } from '../support/fake-clock.ts';
import { answering, type Script, startRawOrigin } from '../support/raw-origin.ts';
import { type ClientSetup, feedClient } from './clients.ts';

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>';
const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';

async function fetchFrom(script: Script, setup: ClientSetup = {}) {
  await using origin = await startRawOrigin(script);
  return await feedClient(setup).fetch({ url: origin.url });
}

describe('A13: limits.maxInterimResponses', () => {
  test.each([
    [0, 0, 'document'],
    [0, 1, 'too-many-1xx'],
    [1, 1, 'document'],
    [1, 2, 'too-many-1xx'],
    [10, 10, 'document'],
    [10, 11, 'too-many-1xx'],
  ])('a limit of %i: after %i of them the answer is %s', async (maxInterimResponses, sent, end) => {
    const limits = { maxInterimResponses };
    const fetched = await fetchFrom(answering(hints.repeat(sent), answer), { limits });
    expect(fetched.kind === 'failed' ? fetched.code : fetched.kind).toBe(end);
  });

  test('counts each request anew', async () => {
    const script: Script = async (connection) => {
      for (;;) {
        await connection.request();
        await connection.write(`${hints}${answer}`);
      }
    };
    await using origin = await startRawOrigin(script);
    const client = feedClient({ limits: { maxInterimResponses: 1 } });
    for (let n = 0; n < 3; n++) {
      expect((await client.fetch({ url: origin.url })).kind).toBe('document');
    }
    expect(origin.connections).toHaveLength(1);
  });

  test('20,000 answers of 102 end at the limit, at no cost, and with them their connection', async () => {
    const before = process.memoryUsage().rss;
    const early = 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000);
    await using origin = await startRawOrigin(answering(early, answer));
    expect(await feedClient().fetch({ url: origin.url })).toMatchObject({
      kind: 'failed',
      code: 'too-many-1xx',
      figures: { requests: 1, wireBytes: 0 },
    });
    await origin.connections[0]?.closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  });

  test('an interim response leaves nothing behind in the answer', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nETag: "early"\r\nContent-Type: text/early\r\n\r\n';
    const fetched = await fetchFrom(answering(early, answer));
    if (fetched.kind !== 'document') throw new Error(fetched.kind);
    expect(fetched.contentType).toBeUndefined();
    expect(fetched.validators.etag).toBeUndefined();
  });
});

test('A14: endless 103s within the limit end at the total deadline', async () => {
  const script: Script = async (connection) => {
    await connection.request();
    while (!connection.isClosed) await connection.write(hints);
  };
  const clock = new FakeClock();
  await using origin = await startRawOrigin(script);
  const client = feedClient({ clock, limits: { maxInterimResponses: Number.MAX_SAFE_INTEGER } });
  const fetched = client.fetch({ url: origin.url });
  await until(() => origin.heads.length === 1, 'the origin is asked');
  await clock.advance(30_000);
  expect(await fetched).toMatchObject({ kind: 'failed', code: 'timeout' });
  await origin.connections[0]?.closed;
});

// undici takes a 100 that nobody asked for as the sign of a connection that is out of step.
test('a 100 Continue that nobody asked for is a breach of protocol', async () => {
  const fetched = await fetchFrom(answering('HTTP/1.1 100 Continue\r\n\r\n', answer));
  expect(fetched).toMatchObject({ kind: 'failed', code: 'protocol' });
});
