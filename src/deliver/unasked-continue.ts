// A 100 (Continue) that nobody asked for, as some servers and proxies send before each answer to a POST. RFC 9110 §15.2 wants every
// interim response borne; undici ends the connection at this one (onHeadersComplete in client-h1.js), and a receiver that has the
// event would get it ten times. Shown as 102, which asks for as little, it passes like the others.
// https://www.rfc-editor.org/rfc/rfc9110#section-15.2

import type { Socket } from 'node:net';

const asked = Buffer.from('HTTP/1.1 100');
const shown = '102';

/** undici reads what has arrived by `read()`. A body that begins like that shows a digit in another way, to people alone. */
export function bearingContinue(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size) => {
    const chunk: unknown = read(size);
    const isContinue = Buffer.isBuffer(chunk) && chunk.subarray(0, asked.length).equals(asked);
    if (isContinue) chunk.write(shown, asked.length - shown.length, 'latin1');
    return chunk;
  };
}
