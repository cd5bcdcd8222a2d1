// A child process: the bare loop that deliveries are compared with. The same bodies and headers, as many at a time, and
// nothing else: no queue, no record of what was sent; even the signatures were made before.
//
//   node bare-post.ts <url> <file with [headers, body] pairs as JSON> <concurrency>

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

type Pair = [headers: Record<string, string>, body: string];

const [url = '', file = '', concurrency = '1'] = process.argv.slice(2);
const requests = (JSON.parse(readFileSync(file, 'utf8')) as Pair[]).map(([headers, body]) => ({
  method: 'POST' as const,
  headers,
  body: Buffer.from(body),
}));
const dispatcher = new Agent({ connections: Number(concurrency), pipelining: 1 });

let next = 0;
async function worker(): Promise<never> {
  for (;;) {
    const answer = await request(url, { ...requests[next++ % requests.length], dispatcher });
    await answer.body.dump();
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
