// What the answer to a test means for the person who made it, and what to do. Pure.

import { traitsOf } from '../config/formats.ts';
import type { PingResult } from '../deliver/ping.ts';
import type { Reading } from '../deliver/reading.ts';
import type { StageWords } from './stage-words.ts';
import { printable, short, span } from './table.ts';

type Meaning = Reading['meaning'];

export function pingWords(id: string, { reading, request }: PingResult): StageWords {
  return wordsOf[reading.meaning](id, request.format, reading);
}

const wordsOf: Readonly<Record<Meaning, (id: string, format: string, reading: Reading) => StageWords>> = {
  delivered: (id) => ({
    because: `${id} has taken it`,
    advice: 'nothing; if nobody sees it there, look at the receiver',
  }),
  redirected: () => ({
    because:
      'it points to another URL, and redirects are not followed: what is signed for one host is sent to no other',
    advice: 'write the URL that it points to into "url" in feeds.yaml',
  }),
  gone: (id) => ({
    because: 'it says that it is gone for good; a delivery would disable the endpoint',
    advice: `write its new "url" into feeds.yaml, or take ${id} out`,
  }),
  poison: (_id, format) => ({
    because: 'it does not accept what it was sent; a delivery would be a dead letter, or tried again later',
    advice: `see whether it expects the format "${format}", and what it answers; some receivers refuse only a type that they do not know (test.ping)`,
  }),
  denied: () => ({
    because: 'it does not let us in; a delivery would open the circuit at once',
    advice:
      'check "secret", "auth" and "headers" of the endpoint, and that its clock is right: a signature is good for some minutes',
  }),
  refused: () => ({
    because: 'it does not take requests like this at this URL',
    advice: 'check the path in "url" and what may be sent there',
  }),
  busy: () => ({
    because: 'it failed by itself; a delivery would be tried again',
    advice: 'look at the receiver and its log',
  }),
  slow: (_id, _format, { waitMs }) => ({
    because: `it is too much for it now${waitMs === undefined ? '' : `, and it asks to wait ${span(waitMs)}`}; deliveries slow down then`,
    advice: 'nothing, if it passes; "rate" of the endpoint in feeds.yaml asks for less',
  }),
  blocked: (_id, _format, { message }) => ({
    because: message ?? 'the address rule forbids it',
    advice: 'if the address is meant, name it in "network.webhooks.allow" in feeds.yaml',
  }),
  unreachable: (_id, _format, { code = 'no-answer' }) => ({
    because: silenceWords(code),
    advice: `see ${code} in docs/errors.md`,
  }),
};

const silences: readonly (readonly [beginning: string, words: string])[] = [
  ['dns-', 'its name leads to no address'],
  ['connect-', 'no connection comes about: nothing listens there, or something is in the way'],
  [
    'tls-',
    'its certificate, or its TLS, is not accepted; "ca" of the endpoint names an authority of your own',
  ],
  ['timeout', 'it did not answer in time'],
];

function silenceWords(code: string): string {
  return silences.find(([beginning]) => code.startsWith(beginning))?.[1] ?? 'it gave no whole answer';
}

export function pingText(id: string, result: PingResult): string {
  const { request, answer, reading, durationMs } = result;
  const { because, advice } = pingWords(id, result);
  const { meaning, code, message } = reading;
  const signed = request.isSigned ? ', signed' : traitsOf[request.format].isChat ? '' : ', not signed';
  const lines: readonly (readonly [head: string, text: string | undefined])[] = [
    [
      'request',
      `${request.method} to ${request.host} as ${request.format}, ${request.bytes} bytes${signed}, ${request.id}`,
    ],
    ['answer', answer ? String(answer.status) : 'none'],
    ['failure', code === undefined ? undefined : `${code}: ${message ?? ''}`],
    ['answered', answer?.excerpt === undefined ? undefined : short(answer.excerpt.replace(/\s+/g, ' '), 300)],
    ['took', `${Math.round(durationMs)} ms${phaseWords(result)}`],
    ['because', because],
    ['to do', advice],
  ];
  return [
    `${id}: ${meaning}`,
    ...lines.flatMap(([head, text]) =>
      text === undefined ? [] : [`  ${head.padEnd(14)}${printable(text)}`],
    ),
  ].join('\n');
}

function phaseWords({ phases: { dnsMs, connectMs, tlsMs, firstByteMs } }: PingResult): string {
  const named = [
    ['dns', dnsMs],
    ['connect', connectMs],
    ['tls', tlsMs],
    ['first byte', firstByteMs],
  ] as const;
  const known = named.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${Math.round(ms)} ms`]));
  return known.length === 0 ? '' : `: ${known.join(', ')}`;
}
