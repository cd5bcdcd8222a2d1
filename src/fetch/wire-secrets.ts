// The texts that `--wire` shows nowhere: the secrets of one fetch, in every spelling in which an origin is likely to
// repeat what it was told. Which places are masked whatever stands in them is wire.ts. One who means to give a secret
// away can write it in more ways than any list has: this is against echoes, not against the origin.

import { Buffer } from 'node:buffer';
import { authorizationOf, type Credentials } from './credentials.ts';

/** Where the secrets of a fetch are known from. */
export interface WireSubject {
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials | undefined;
}

/** A shorter one is masked where it belongs and nowhere else: the holes would spell it. */
const shortestSecret = 4;
/** What is configured for other reasons too, and often a word. */
const shortestWord = 8;

/** Matches them all, in any case. */
export function secretsOf({ urls, headers, credentials }: WireSubject): RegExp {
  const found = new Set<string>();
  const add = (text: string, shortest: number) => {
    if (text.length < shortest) return;
    found.add(spelled(text));
    for (const piece of inBase64(text)) found.add(piece);
  };
  if (credentials) {
    add(credentials.kind === 'basic' ? credentials.password : credentials.token, shortestSecret);
    // Without the padding too.
    add(authorizationOf(credentials).replace(/^\w+ |=+$/g, ''), shortestSecret);
  }
  for (const value of Object.values(headers)) {
    for (const word of [value, ...value.split(/\s+/)]) add(word, shortestWord);
  }
  for (const url of urls.filter((each) => URL.canParse(each))) {
    for (const text of valuesIn(new URL(url))) add(text, shortestWord);
  }
  // The longest first, as one may begin with another; without any, nothing matches.
  const longestFirst = [...found].sort((one, other) => other.length - one.length);
  return new RegExp(longestFirst.join('|') || '(?!)', 'gi');
}

/** As they are meant and as they are written: not every escape is one of UTF-8. */
function valuesIn({ search, searchParams, username, password }: URL): string[] {
  const written = search.slice(1).split('&');
  return [
    ...searchParams.values(),
    ...written.map((part) => part.replace(/^[^=]*=/, '')),
    username,
    password,
  ];
}

function spelled(text: string): string {
  return [...text].map(spelledChar).join('');
}

// As it is, as the bytes that go over the wire, escaped as in a URL (also twice), and behind the backslash of a
// quoted string or of JSON.
function spelledChar(char: string): string {
  const bytes = [...Buffer.from(char)].map((byte) => {
    const hex = byte.toString(16).padStart(2, '0');
    return String.raw`(?:\\?${literally(String.fromCharCode(byte))}|(?:%(?:25)*|\\u00)${hex})`;
  });
  if (char === ' ') return String.raw`(?:\+|${bytes.join('')})`;
  return bytes.length === 1 ? bytes.join('') : `(?:${literally(char)}|${bytes.join('')})`;
}

/** Fewer signs than this would be found in anything. */
const shortestBase64 = 6;

// Base64 writes three bytes as four signs, so a text within another looks one of three ways; its first and last sign
// may hold bits of its neighbours.
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = (before + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
    const own = whole.slice(Math.ceil((before * 4) / 3), end);
    if (own.length < shortestBase64) return [];
    // RFC 4648 §5: the form for URLs.
    return [literally(own).replace(/\\\+/g, '[+-]').replaceAll('/', '[/_]')];
  });
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
