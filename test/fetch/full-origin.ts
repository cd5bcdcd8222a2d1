// A port that takes no further connection: its process listens, never accepts, and its queue is full, so that a
// SYN gets no answer. (Linux drops what does not fit; the queue holds one more than the backlog.)

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const backlog = 1;

const listener = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: ${backlog} }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

export interface FullOrigin extends AsyncDisposable {
  readonly url: string;
}

export async function startFullOrigin(): Promise<FullOrigin> {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await once(child.stdout, 'data');
  const port = Number(String(printed));
  const waiting: Socket[] = [];
  for (let n = 0; n <= backlog; n++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    waiting.push(socket);
    await once(socket, 'connect');
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
