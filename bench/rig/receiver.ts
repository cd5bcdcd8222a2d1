// A child process: a receiver that reads what it is sent, answers 204 and does nothing else. Tells how many requests it has
// answered on request.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let answered = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().on('end', () => {
    answered += 1;
    response.writeHead(204).end();
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);
process.on('message', () => process.send?.(answered));
process.on('disconnect', () => process.exit());
