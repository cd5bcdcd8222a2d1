// What came of an attempt, in few words: the label that tells the answers of an endpoint apart without a series for each
// status and each code. The full code is in the log line and in the attempt. Pure.

import type { Attempt } from '../model/delivery.ts';

export const answerClasses = [
  '2xx',
  '3xx',
  '401-403',
  '404',
  '410',
  '429',
  '4xx',
  '5xx',
  'dns',
  'connect',
  'tls',
  'timeout',
  'blocked-address',
  'other',
] as const;

export type AnswerClass = (typeof answerClasses)[number];

/** Statuses with a meaning of their own: docs/delivery.md, "What an answer means". */
const ofStatus: ReadonlyMap<number, AnswerClass> = new Map([
  [401, '401-403'],
  [403, '401-403'],
  [404, '404'],
  [410, '410'],
  [429, '429'],
]);

const ofHundreds: Readonly<Record<number, AnswerClass>> = { 2: '2xx', 3: '3xx', 4: '4xx', 5: '5xx' };

const ofBeginning: readonly (readonly [beginning: string, AnswerClass])[] = [
  ['blocked-address', 'blocked-address'],
  ['dns-', 'dns'],
  ['tls-', 'tls'],
  ['connect-', 'connect'],
  ['headers-timeout', 'timeout'],
  ['body-timeout', 'timeout'],
  ['timeout', 'timeout'],
];

type Answered = Pick<Attempt, 'status' | 'code' | 'outcome'>;

export function answerClass(attempt: Answered): AnswerClass {
  const status = statusOf(attempt);
  if (status !== undefined) return ofStatus.get(status) ?? ofHundreds[Math.floor(status / 100)] ?? 'other';
  const { code, outcome } = attempt;
  if (code === undefined) return outcome === 'delivered' ? '2xx' : 'other';
  return ofBeginning.find(([beginning]) => code.startsWith(beginning))?.[1] ?? 'other';
}

/** Some services say in a 200 what they mean. */
function statusOf({ status, code }: Answered): number | undefined {
  const [, said] = /^http-(\d{3})$/.exec(code ?? '') ?? [];
  return said === undefined ? status : Number(said);
}
