// An origin on loopback that writes the frames of HTTP/2 itself, for what no well-behaved server can be made to do.
// RFC 9113 §4.1 and §6: https://www.rfc-editor.org/rfc/rfc9113#section-6

import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Identity } from '../support/tls.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;
const endStream = 1;
const endHeaders = 4;

/** RFC 7541 §6.1: ":status: 200" and ":status: 304" of the static table. */
export const status200 = Buffer.from([0x88]);
export const status304 = Buffer.from([0x8b]);

export interface FrameConnection {
  readonly socket: TLSSocket;
  send(type: number, stream: number, payload?: Uint8Array, flags?: number): void;
  /** A 200 without its body. */
  begin(stream: number): void;
  body(stream: number, text: string, isLast?: boolean): void;
  reset(stream: number, code: number): void;
  goaway(lastStream: number, code?: number): void;
}

export interface FrameOrigin extends AsyncDisposable {
  readonly port: number;
  /** The stream of each request, in order. */
  readonly requests: number[];
  readonly connections: FrameConnection[];
}

/** `answer` is called for the headers of each request; `nth` counts them over all connections from 1. */
export async function startFrameOrigin(
  identity: Identity,
  answer: (connection: FrameConnection, stream: number, nth: number) => void,
): Promise<FrameOrigin> {
  const requests: number[] = [];
  const connections: FrameConnection[] = [];
  const server = createServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
    const connection = connectionOf(socket);
    connections.push(connection);
    connection.send(frame.settings, 0);
    readFrames(socket, (type, flags, stream, payload) => {
      if (type === frame.settings && flags === 0) connection.send(frame.settings, 0, undefined, 1);
      if (type === frame.ping && flags === 0) connection.send(frame.ping, 0, payload, 1);
      if (type === frame.headers) answer(connection, stream, requests.push(stream));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function connectionOf(socket: TLSSocket): FrameConnection {
  socket.on('error', () => {});
  const send: FrameConnection['send'] = (type, stream, payload = Buffer.alloc(0), flags = 0) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    if (!socket.destroyed) socket.write(Buffer.concat([head, payload]));
  };
  return {
    socket,
    send,
    begin: (stream) => send(frame.headers, stream, status200, endHeaders),
    body: (stream, text, isLast = false) =>
      send(frame.data, stream, Buffer.from(text), isLast ? endStream : 0),
    reset: (stream, code) => send(frame.reset, stream, words(code)),
    goaway: (lastStream, code = 0) => send(frame.goaway, 0, words(lastStream, code)),
  };
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function readFrames(
  socket: TLSSocket,
  take: (type: number, flags: number, stream: number, payload: Buffer) => void,
): void {
  let received = Buffer.alloc(0);
  let isBegun = false;
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (!isBegun && received.length >= preface.length) {
      received = received.subarray(preface.length);
      isBegun = true;
    }
    while (isBegun && received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const end = 9 + received.readUIntBE(0, 3);
      take(received.readUInt8(3), received.readUInt8(4), received.readUInt32BE(5), received.subarray(9, end));
      received = received.subarray(end);
    }
  });
}
