// A private nginx of the system's own on a free loopback port, with its configuration, documents and temporary files
// in a folder that is gone with it. Runs as whoever runs the tests: one process, no change of user. Where nginx is
// absent, tests say so visibly and are skipped.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { until } from './fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

const program = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) =>
  existsSync(path),
);

export const hasNginx = program !== undefined;

/** One request as nginx itself saw it; a header that was absent is ''. */
export interface NginxRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
  readonly acceptEncoding: string;
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
  readonly authorization: string;
  readonly cookie: string;
  readonly referer: string;
  /** Of the answer. */
  readonly etag: string;
  readonly lastModified: string;
  readonly coding: string;
}

export interface Nginx extends AsyncDisposable {
  readonly url: string;
  readonly version: string;
  /** Writes a document as a whole, so that no request meets half of it, with a time of its own to the second. */
  write(path: string, body: string, modified: string): void;
  /** Every request for `path` so far, in the order in which they ended. */
  requests(path: string): NginxRequest[];
  /** What nginx complained of. */
  errors(): string;
}

export interface NginxSetup {
  /** For the block `http`: zones and the like. */
  readonly http?: string;
  /** For the block `server`: locations. */
  readonly server: string;
}

/** Starts it and waits until it listens. */
export async function startNginx(setup: NginxSetup): Promise<Nginx> {
  const folder = await temporaryFolder();
  for (const name of ['documents', ...temporaryPaths]) mkdirSync(folder.file(name));
  const port = await freePort();
  writeFileSync(folder.file('nginx.conf'), configuration(folder.path, port, setup));
  const child = spawn(program ?? 'nginx', ['-p', folder.path, '-c', 'nginx.conf', '-e', 'error.log'], {
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    // Written once the sockets listen.
    await until(() => existsSync(folder.file('nginx.pid')) || hasEnded(child), 'nginx listens');
    if (hasEnded(child)) throw new Error(`nginx did not start: ${read(folder, 'error.log')}`);
  } catch (error) {
    await stop(child, exited, folder);
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    version: /nginx\/(\S+)/.exec(read(folder, 'error.log'))?.[1] ?? 'unknown',
    write: (path, body, modified) => writeWhole(join(folder.path, 'documents', path), body, modified),
    requests: (path) => witnessed(folder).filter((request) => request.path === path),
    errors: () => read(folder, 'error.log'),
    [Symbol.asyncDispose]: () => stop(child, exited, folder),
  };
}

const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const witness = {
  method: '$request_method',
  path: '$request_uri',
  status: '$status',
  bytes: '$body_bytes_sent',
  agent: '$http_user_agent',
  acceptEncoding: '$http_accept_encoding',
  ifNoneMatch: '$http_if_none_match',
  ifModifiedSince: '$http_if_modified_since',
  authorization: '$http_authorization',
  cookie: '$http_cookie',
  referer: '$http_referer',
  etag: '$sent_http_etag',
  lastModified: '$sent_http_last_modified',
  coding: '$sent_http_content_encoding',
} satisfies Record<keyof NginxRequest, string>;

function configuration(folder: string, port: number, { http = '', server }: NginxSetup): string {
  return `
daemon off;
# One process: as root, workers would be another user, who cannot read the folder.
master_process off;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 64; }
http {
  ${temporaryPaths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  types {
    application/atom+xml atom;
    application/rss+xml rss;
    application/feed+json json;
  }
  default_type application/octet-stream;
  log_format witness escape=json '${JSON.stringify(witness)}';
  access_log access.log witness;
  ${http}
  server {
    listen 127.0.0.1:${port};
    root documents;
    ${server}
  }
}
`;
}

async function stop(child: ChildProcess, exited: Promise<void>, folder: TemporaryFolder): Promise<void> {
  // SIGTERM ends it at once, with the connections that are kept alive.
  child.kill('SIGTERM');
  await exited;
  await folder[Symbol.asyncDispose]();
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function witnessed(folder: TemporaryFolder): NginxRequest[] {
  const lines = read(folder, 'access.log').split('\n').slice(0, -1);
  return lines.map((line) => {
    const said: NginxRequest = JSON.parse(line);
    return { ...said, status: Number(said.status), bytes: Number(said.bytes) };
  });
}

function read(folder: TemporaryFolder, name: string): string {
  return existsSync(folder.file(name)) ? readFileSync(folder.file(name), 'utf8') : '';
}

function writeWhole(path: string, body: string, modified: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, body);
  utimesSync(`${path}.new`, new Date(modified), new Date(modified));
  renameSync(`${path}.new`, path);
}

/** A port that was free a moment ago: nginx cannot be told to choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
