// A TCP origin that plays a script of bytes: what it sends, when, and how the connection ends (FIN or RST).
// For everything that a well-behaved HTTP server cannot be made to do. Text is latin1: one character, one byte.

import { createServer, type Socket } from 'node:net';

export interface RawConnection {
  /** The bytes of the next request's head, up to and with its empty line; rejects when the peer is gone. */
  request(): Promise<string>;
  /** Resolves once the bytes are handed to the network; gives up silently when the peer is gone. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Ends our side (FIN). */
  end(): void;
  /** Cuts the connection (RST). */
  reset(): void;
  /** Resolves when the connection is closed, whoever did it. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
}

export type Script = (connection: RawConnection) => void | Promise<void>;

export interface RawOrigin extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly connections: RawConnection[];
  /** Every request head so far, in order. */
  readonly heads: string[];
}

/** Plays `script` on each connection; when it has ended, the connection stays open until someone closes it. */
export async function startRawOrigin(script: Script): Promise<RawOrigin> {
  const connections: RawConnection[] = [];
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const connection = connectionOf(socket, heads);
    connections.push(connection);
    // A script that waits for a request of a peer that is gone has simply ended.
    Promise.resolve(script(connection)).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    heads,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers every request of a connection with the same bytes, and leaves the connection open. */
export function repeating(answer: string | Uint8Array): Script {
  return async (connection) => {
    for (;;) {
      await connection.request();
      await connection.write(answer);
    }
  };
}

/** Plays `answer` for each request of a connection, for as long as there is one. */
export function toEachRequest(
  answer: (connection: RawConnection, head: string) => void | Promise<void>,
): Script {
  return async (connection) => {
    for (;;) await answer(connection, await connection.request());
  };
}

/** Answers the first request of a connection with these bytes, and then ends the connection. */
export function answering(...parts: readonly (string | Uint8Array)[]): Script {
  return async (connection) => {
    await connection.request();
    for (const part of parts) await connection.write(part);
    connection.end();
  };
}

function connectionOf(socket: Socket, heads: string[]): RawConnection {
  let received = '';
  let wake: (() => void) | undefined;
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    wake?.();
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('close', () => wake?.());
  socket.on('end', () => {
    socket.end();
    wake?.();
  });
  return {
    async request() {
      for (let end = received.indexOf('\r\n\r\n'); ; end = received.indexOf('\r\n\r\n')) {
        if (end >= 0) {
          const head = received.slice(0, end + 4);
          received = received.slice(end + 4);
          heads.push(head);
          return head;
        }
        if (socket.destroyed || socket.readableEnded) throw new Error('the peer is gone');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed) resolve();
        else socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve());
      }),
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    closed,
    get isClosed() {
      return socket.destroyed;
    },
  };
}
