// Certificates for tests, made by the openssl command line: one authority, and servers good and bad.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Authority extends AsyncDisposable {
  readonly cert: string;
  /** A certificate for `host`, valid between two dates (`YYYYMMDDHHMMSSZ`). */
  issue(host: string, from?: string, to?: string): Identity;
  /** A certificate for `host` whose RSA key has half the bits that are safe. */
  issueWeak(host: string): Identity;
  /** A certificate for `host` that nobody vouches for. */
  selfSigned(host: string): Identity;
}

const caConfig = (folder: string) => `
[ca]
default_ca = ours
[ours]
database = ${folder}/index.txt
serial = ${folder}/serial
new_certs_dir = ${folder}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
`;

export async function createAuthority(): Promise<Authority> {
  const folder = await temporaryFolder();
  const ca = makeSelfSigned(folder, 'ca', 'Test authority');
  writeFileSync(folder.file('index.txt'), '');
  writeFileSync(folder.file('serial'), '01');
  writeFileSync(folder.file('ca.cnf'), caConfig(folder.path));
  let made = 0;
  const sign = (host: string, keyType: readonly string[], from: string, to: string): Identity => {
    const name = folder.file(`leaf-${made++}`);
    const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.pem`];
    openssl(['req', '-new', ...keyType, '-nodes', '-keyout', key, '-out', request, ...subject(host)]);
    const [config, own, ownKey] = [folder.file('ca.cnf'), folder.file('ca.pem'), folder.file('ca.key')];
    openssl([
      ...['ca', '-batch', '-notext', '-config', config, '-cert', own, '-keyfile', ownKey],
      ...['-startdate', from, '-enddate', to, '-in', request, '-out', cert],
    ]);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  };
  return {
    cert: ca.cert,
    selfSigned: (host) => makeSelfSigned(folder, `self-${made++}`, host),
    issue: (host, from = longAgo, to = farAway) => sign(host, ecKey, from, to),
    issueWeak: (host) => sign(host, ['-newkey', 'rsa:1024'], longAgo, farAway),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** The names that clients asked for in their handshakes (SNI). */
  readonly names: unknown[];
  readonly requests: string[];
  /** How many connections became secure. */
  connections(): number;
}

/** Answers every request over TLS with these headers and this body. */
export async function startTlsServer(
  identity: Identity,
  { status = 200, headers = {}, body = '', tls = {} }: TlsAnswer = {},
): Promise<TlsServer> {
  const names: unknown[] = [];
  const requests: string[] = [];
  const server = createServer({ ...identity, ...tls }, (request, response) => {
    names.push((request.socket as TLSSocket).servername);
    requests.push(`${request.headers.host}${request.url}`);
    response.writeHead(status, headers).end(body);
  });
  server.on('tlsClientError', () => {});
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    names,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface TlsAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** More options of the server, such as `requestCert`. */
  readonly tls?: TlsOptions;
}

const longAgo = '20200101000000Z';
const farAway = '20990101000000Z';

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

const subject = (host: string) => [
  '-subj',
  `/CN=${host}`,
  '-addext',
  `subjectAltName=DNS:${host.replaceAll(' ', '-')}`,
];

function makeSelfSigned(folder: TemporaryFolder, name: string, host: string): Identity {
  const [key, cert] = [folder.file(`${name}.key`), folder.file(`${name}.pem`)];
  openssl([
    'req',
    '-x509',
    '-days',
    '30000',
    ...ecKey,
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject(host),
  ]);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
