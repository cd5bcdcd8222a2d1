// One document and a source of chance become another document. Bytes are cut and copied as bytes, so that characters
// break; what speaks of markup is done on latin1 text, which is the same bytes. Decides no verdict.

import type { Random } from '../crash/random.ts';
import { contentTypes, encodings, fragments, values } from './hostile.ts';
import type { Subject } from './subjects.ts';

export interface Mutant {
  readonly bytes: Buffer;
  readonly contentType?: string;
  readonly url: string;
  readonly subject: Subject;
  readonly mutations: readonly string[];
}

/** A document never gets larger: 1 MB is what the time and the memory of a parse are promised for. */
export const maxMutantBytes = 1_000_000;

type Mutation = (bytes: Buffer, random: Random, other: () => Buffer) => Buffer;

export function mutate(subject: Subject, random: Random, other: () => Buffer): Mutant {
  let bytes = subject.read();
  const mutations: string[] = [];
  for (let count = random.whole(1, 4); count > 0; count--) {
    const [name, mutation] = pickMutation(random);
    mutations.push(name);
    bytes = mutation(bytes, random, other).subarray(0, maxMutantBytes);
  }
  const contentType = random.chance(0.15) ? random.pick(contentTypes) : subject.contentType;
  return { bytes, url: subject.url, subject, mutations, ...(contentType !== undefined && { contentType }) };
}

/** Large ones take as long as a hundred others. */
function pickMutation(random: Random): readonly [string, Mutation] {
  return random.pick(random.chance(0.02) ? large : small);
}

const small: readonly (readonly [string, Mutation])[] = [
  ['flip', (bytes, random) => repeat(random.whole(1, 8), bytes, (each) => flip(each, random))],
  ['delete', (bytes, random) => withSlice(bytes, random, () => Buffer.alloc(0))],
  ['duplicate', (bytes, random) => withSlice(bytes, random, (slice) => Buffer.concat([slice, slice]))],
  ['move', move],
  ['truncate', (bytes, random) => bytes.subarray(0, random.whole(0, bytes.length))],
  ['behead', (bytes, random) => bytes.subarray(random.whole(0, Math.min(200, bytes.length)))],
  ['splice', (bytes, random, other) => splice(bytes, other(), random)],
  ['insert', (bytes, random) => insert(bytes, random, Buffer.from(random.pick(fragments)))],
  ['insert at a tag', (bytes, random) => insertAtTag(bytes, random, random.pick(fragments))],
  ['bytes', (bytes, random) => insert(bytes, random, someBytes(random))],
  [
    'text',
    (bytes, random) =>
      replaceOne(bytes, random, />[^<>]{1,300}</g, () => `>${asLatin1(random.pick(values))}<`),
  ],
  [
    'value',
    (bytes, random) =>
      replaceOne(bytes, random, /="[^"<>]{0,300}"/g, () => `="${asLatin1(random.pick(values))}"`),
  ],
  [
    'json value',
    (bytes, random) => replaceOne(bytes, random, /:\s*"[^"]{0,300}"/g, () => `:${jsonValue(random)}`),
  ],
  ['number', (bytes, random) => replaceOne(bytes, random, /\d+/g, (found) => blowUp(found, random))],
  ['lose a tag', (bytes, random) => replaceOne(bytes, random, /<[^<>]{1,200}>/g, () => '')],
  ['rename', rename],
  [
    'encoding',
    (bytes, random) =>
      replaceOne(bytes, random, /encoding=(["'])[^"']*\1/g, () => `encoding="${random.pick(encodings)}"`),
  ],
  [
    'declare',
    (bytes, random) =>
      Buffer.concat([Buffer.from(`<?xml version="1.0" encoding="${random.pick(encodings)}"?>`), bytes]),
  ],
  [
    'recode',
    (bytes, random) => Buffer.from(bytes.toString('latin1'), random.pick(['utf16le', 'utf8'] as const)),
  ],
];

const large: readonly (readonly [string, Mutation])[] = [
  ['repeat to 1 MB', repeatSlice],
  ['huge attribute', (bytes, random) => insertAtTag(bytes, random, `<x y="${'z'.repeat(300_000)}"/>`)],
  [
    'many attributes',
    (bytes, random) => insertAtTag(bytes, random, `<x ${'y="" '.repeat(random.whole(1, 30_000))}/>`),
  ],
  ['nesting', (bytes, random) => insertAtTag(bytes, random, '<div>'.repeat(random.whole(50, 20_000)))],
  ['closed nesting', (bytes, random) => insertAtTag(bytes, random, nest(random.whole(50, 20_000)))],
  [
    'fragments',
    (bytes, random) => insertAtTag(bytes, random, random.pick(fragments).repeat(random.whole(100, 20_000))),
  ],
];

function repeat(times: number, bytes: Buffer, change: (bytes: Buffer) => Buffer): Buffer {
  return times === 0 ? bytes : repeat(times - 1, change(bytes), change);
}

function flip(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  const flipped = Buffer.from(bytes);
  const at = random.whole(0, bytes.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random.whole(0, 7));
  return flipped;
}

/** Short slices are as likely as long ones. */
function sliceOf(bytes: Buffer, random: Random): readonly [number, number] {
  const from = random.whole(0, bytes.length);
  const length = Math.floor((bytes.length - from) ** random.next());
  return [from, from + length];
}

function withSlice(bytes: Buffer, random: Random, change: (slice: Buffer) => Buffer): Buffer {
  const [from, to] = sliceOf(bytes, random);
  return Buffer.concat([bytes.subarray(0, from), change(bytes.subarray(from, to)), bytes.subarray(to)]);
}

function move(bytes: Buffer, random: Random): Buffer {
  const [from, to] = sliceOf(bytes, random);
  const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  return insert(rest, random, bytes.subarray(from, to));
}

function splice(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const head = bytes.subarray(0, random.whole(0, bytes.length));
  return Buffer.concat([head, other.subarray(random.whole(0, other.length))]);
}

function insert(bytes: Buffer, random: Random, piece: Buffer): Buffer {
  const at = random.whole(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function insertAtTag(bytes: Buffer, random: Random, piece: string): Buffer {
  const at = bytes.indexOf('<', random.whole(0, bytes.length));
  if (at === -1) return insert(bytes, random, Buffer.from(piece));
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(piece), bytes.subarray(at)]);
}

function someBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.whole(1, 40) }, () => random.whole(0, 255)));
}

function replaceOne(
  bytes: Buffer,
  random: Random,
  pattern: RegExp,
  replace: (found: string) => string,
): Buffer {
  const text = bytes.toString('latin1');
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return bytes;
  const { 0: match, index } = random.pick(found);
  return Buffer.from(text.slice(0, index) + replace(match) + text.slice(index + match.length), 'latin1');
}

function asLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function jsonValue(random: Random): string {
  return random.chance(0.5)
    ? asLatin1(JSON.stringify(random.pick(values)))
    : random.pick([
        'null',
        'true',
        '[]',
        '{}',
        '1e999',
        '-0',
        '[[]]',
        '{"url":{}}',
        '123456789012345678901234567890',
      ]);
}

function blowUp(digits: string, random: Random): string {
  return random.pick([
    digits.repeat(40),
    '9'.repeat(400),
    `-${digits}`,
    `${digits}e308`,
    `0x${digits}`,
    '0',
    `${digits}.${digits}`,
  ]);
}

/** Gives an element the name of another one of the document, or one that no parser likes. */
function rename(bytes: Buffer, random: Random): Buffer {
  const names = [...bytes.toString('latin1').matchAll(/<\/?([\w:-]+)/g)].flatMap(([, name]) => name ?? []);
  if (names.length === 0) return bytes;
  const from = random.pick(names);
  const to = random.chance(0.8)
    ? random.pick(names)
    : random.pick(['__proto__', 'constructor', 'toString', 'x:y:z', 'item', 'title']);
  const text = bytes.toString('latin1');
  const isAll = random.chance(0.5);
  const renamed = isAll
    ? text.replaceAll(`<${from}`, `<${to}`).replaceAll(`</${from}`, `</${to}`)
    : text.replace(`<${from}`, `<${to}`);
  return Buffer.from(renamed, 'latin1');
}

function nest(depth: number): string {
  return '<div>'.repeat(depth) + '</div>'.repeat(depth);
}

function repeatSlice(bytes: Buffer, random: Random): Buffer {
  const [from, to] = sliceOf(bytes, random);
  if (from === to) return bytes;
  const room = Math.max(0, maxMutantBytes - bytes.length);
  const copies = Buffer.alloc(room - (room % (to - from)), bytes.subarray(from, to));
  return Buffer.concat([bytes.subarray(0, from), copies, bytes.subarray(from)]);
}
