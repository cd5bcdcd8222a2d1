// A child process: the bare loop that deliveries are compared with. The same bodies with as many headers, as many at a time,
// and nothing else: no queue, no signature, no record of what was sent.
//
//   node bare-post.ts <url> <file with the bodies as JSON> <concurrency>

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

const [url = '', file = '', concurrency = '1'] = process.argv.slice(2);
const bodies = (JSON.parse(readFileSync(file, 'utf8')) as string[]).map((body) => Buffer.from(body));
const headers = {
  'webhook-id': 'evt_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  'webhook-timestamp': '1790000000',
  'webhook-signature': `v1,${'A'.repeat(43)}=`,
  'content-type': 'application/json; charset=utf-8',
  'user-agent': 'feedhook/0.1.0 (+https://example.org/feedhook)',
  'feedhook-event': 'entry.new',
  'feedhook-feed': 'harbour',
  'feedhook-attempt': '1',
  'feedhook-sequence': '1',
};
const dispatcher = new Agent({ connections: Number(concurrency), pipelining: 1 });

let next = 0;
async function worker(): Promise<never> {
  for (;;) {
    const body = bodies[next++ % bodies.length] ?? '';
    const answer = await request(url, { method: 'POST', headers, body, dispatcher });
    await answer.body.dump();
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
