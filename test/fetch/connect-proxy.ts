// An HTTP proxy on loopback that opens tunnels to this machine, whatever host it is asked for, and remembers what
// it saw.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** The `host:port` of each CONNECT, and its headers. */
  readonly asked: { readonly target: string; readonly headers: IncomingHttpHeaders }[];
  /** Requests that were no CONNECT. */
  readonly others: string[];
}

/** `answer` takes the place of a tunnel: the bytes to say, or nothing at all. */
export async function startConnectProxy(
  answer?: (target: string) => string | undefined,
): Promise<ConnectProxy> {
  const asked: { target: string; headers: IncomingHttpHeaders }[] = [];
  const others: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    others.push(request.url ?? '');
    response.writeHead(418).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('connect', ({ url: target = '', headers }, client: Socket, head: Buffer) => {
    asked.push({ target, headers });
    if (answer) {
      const bytes = answer(target);
      if (bytes !== undefined) client.end(bytes, 'latin1');
      return;
    }
    const origin = connect(Number(target.slice(target.lastIndexOf(':') + 1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      origin.write(head);
      client.pipe(origin).pipe(client);
    });
    sockets.add(origin);
    origin.on('error', () => client.destroy());
    client.on('close', () => origin.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    asked,
    others,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
