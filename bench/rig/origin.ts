// A child process: an origin that does next to nothing, so that what is measured is the one who asks. Every
// path is a feed of ten entries with fixed validators; a conditional request gets a 304. Tells how many of those on request.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { renderDocument } from '../../src/commands/demo/documents/render.ts';
import { harbour } from '../../src/commands/demo/texts/harbour.ts';
import { crashEntry } from '../../test/crash/burst.ts';

const { feed } = harbour;
const entries = Array.from({ length: 10 }, (_, index) => crashEntry(feed, index, 1_790_000_000_000));
const body = renderDocument(feed, 'https://otter.example/log.atom', entries);
const validators = { etag: '"fixed"', 'last-modified': 'Fri, 20 Nov 2026 09:00:00 GMT' };
/** One host per feed: the connection is of no use for the next feed, as with real lists. */
const connection = process.argv[2] === 'close' ? { connection: 'close' } : {};

let notModified = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.headers['if-none-match'] === validators.etag) {
    notModified += 1;
    response.writeHead(304, { etag: validators.etag, ...connection }).end();
  } else {
    const headers = { ...validators, 'content-type': 'application/atom+xml', 'content-length': body.length };
    response.writeHead(200, { ...headers, ...connection }).end(body);
  }
});
// All of 127.0.0.0/8 reaches this machine, so each feed can have an address, and so a host, of its own.
server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);
process.on('message', () => process.send?.(notModified));
process.on('disconnect', () => process.exit());
