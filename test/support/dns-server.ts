// A name server for tests, over UDP and TCP, that plays a script: addresses, no such name, no address, a server fault,
// a refusal, silence, or one of these first and another later. Knows A and AAAA and remembers what it was asked.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';

/** Addresses, or how else to answer; `empty`: the name exists without an address. */
export type DnsAnswer = readonly string[] | 'no-such-name' | 'empty' | 'server-fault' | 'refused' | 'silent';

export interface DnsQuestion {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'other';
  /** How often name and type have been asked before. */
  readonly before: number;
}

export type DnsScript = (question: DnsQuestion) => DnsAnswer;

export interface DnsServer extends AsyncDisposable {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  readonly questions: DnsQuestion[];
  answer: DnsScript;
}

// RFC 1035 §4.1.1: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1
const codes: Readonly<Record<string, number>> = { 'server-fault': 2, 'no-such-name': 3, refused: 5 };
const types: Readonly<Record<number, DnsQuestion['type']>> = { 1: 'A', 28: 'AAAA' };

export async function startDnsServer(answer: DnsScript, host = '127.0.0.1', port = 0): Promise<DnsServer> {
  const { udp, tcp } = await bindBoth(host, port);
  const sockets = new Set<Socket>();
  const questions: DnsQuestion[] = [];
  const respond = (query: Buffer): Buffer | undefined => {
    const question = readQuestion(query);
    const same = ({ name, type }: DnsQuestion) => name === question.name && type === question.type;
    const asked = { name: question.name, type: question.type, before: questions.filter(same).length };
    questions.push(asked);
    return writeResponse(query, question, started.answer(asked));
  };
  udp.on('message', (query, peer) => {
    const response = respond(query);
    if (response) udp.send(response, peer.port, peer.address);
  });
  tcp.on('connection', (socket) => {
    sockets.add(socket);
    overTcp(socket, respond);
  });
  const started: DnsServer = {
    address: `${host}:${(tcp.address() as AddressInfo).port}`,
    questions,
    answer,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise((resolve) => tcp.close(resolve)),
      ]);
    },
  };
  return started;
}

/** One port for both: one that is free for TCP may be taken for UDP, and then another one is tried. */
async function bindBoth(host: string, port: number): Promise<{ udp: UdpSocket; tcp: Server }> {
  for (let attempt = 1; ; attempt++) {
    const tcp = createServer();
    const udp = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    try {
      await once(tcp.listen(port, host), 'listening');
      await once(udp.bind((tcp.address() as AddressInfo).port, host), 'listening');
      return { udp, tcp };
    } catch (error) {
      udp.close();
      tcp.close();
      if (port !== 0 || attempt === 5) throw error;
    }
  }
}

/** RFC 1035 §4.2.2: over TCP each message has its length before it. */
function overTcp(socket: Socket, respond: (query: Buffer) => Buffer | undefined): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const response = respond(received.subarray(2, end));
      received = received.subarray(end);
      if (!response) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(response.length);
      socket.write(Buffer.concat([length, response]));
    }
  });
}

interface ReadQuestion {
  readonly name: string;
  readonly type: DnsQuestion['type'];
  /** The question section, byte for byte. */
  readonly bytes: Buffer;
}

function readQuestion(query: Buffer): ReadQuestion {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  const type = types[query.readUInt16BE(at + 1)] ?? 'other';
  return { name: labels.join('.'), type, bytes: query.subarray(12, at + 5) };
}

function writeResponse(query: Buffer, question: ReadQuestion, answer: DnsAnswer): Buffer | undefined {
  if (answer === 'silent') return undefined;
  const addresses = typeof answer === 'string' ? [] : answer;
  const fitting = addresses.filter((each) => question.type === (isIPv6(each) ? 'AAAA' : 'A'));
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // An answer, recursion desired and available.
  header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? (codes[answer] ?? 0) : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(fitting.length, 6);
  return Buffer.concat([header, question.bytes, ...fitting.map(record)]);
}

/** One A or AAAA record with a lifetime of nothing; its name points at the question's. */
function record(address: string): Buffer {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, 12, 0, bytes.length === 4 ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
  return Buffer.concat([head, bytes]);
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (part: string) =>
    (part === '' ? [] : part.split(':')).map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...before, ...zeros, ...after].entries())
    bytes.writeUInt16BE(group, index * 2);
  return bytes;
}
