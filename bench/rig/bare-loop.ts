// A child process: the bare loop that polls are compared with. The same GETs with the same headers and the
// same number at a time, and nothing else: no state, no schedule, no parsing, no log.
//
//   node bare-loop.ts undici|http <file with the URLs as JSON> <concurrency>

import { readFileSync } from 'node:fs';
import { get, Agent as HttpAgent } from 'node:http';
import { Agent, request } from 'undici';

const [client, file = '', concurrency = '1'] = process.argv.slice(2);
const urls = JSON.parse(readFileSync(file, 'utf8')) as string[];
const headers = {
  'user-agent': 'feedhook/0.1.0 (+https://example.org/feedhook)',
  accept:
    'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'if-none-match': '"fixed"',
  'if-modified-since': 'Fri, 20 Nov 2026 09:00:00 GMT',
};

const dispatcher = new Agent({ connections: Number(concurrency), pipelining: 1 });
const agent = new HttpAgent({ keepAlive: true, maxSockets: Number(concurrency) });

async function askUndici(url: string): Promise<void> {
  const answer = await request(url, { headers, dispatcher });
  await answer.body.dump();
}

function askHttp(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent }, (answer) => answer.on('end', resolve).on('error', reject).resume()).on(
      'error',
      reject,
    );
  });
}

const ask = client === 'http' ? askHttp : askUndici;
let next = 0;
async function worker(): Promise<never> {
  for (;;) await ask(urls[next++ % urls.length] ?? '');
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
