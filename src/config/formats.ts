// What each format of webhook can carry and wants to know: the defaults and bounds that the rules of feeds.yaml, the queue and
// the renderer share. How a request looks is in deliver/render/; limits inside a request (a title, a field) are there too.

import type { Rate } from '../ports.ts';

export const formats = [
  'standard',
  'cloudevents',
  'jsonfeed',
  'atom',
  'form',
  'template',
  'miniflux',
  'superfeedr',
  'slack',
  'discord',
  'teams',
  'mattermost',
  'telegram',
  'ntfy',
  'gotify',
  'matrix',
] as const;

export type Format = (typeof formats)[number];

export interface FormatTraits {
  /** Chat and push services: they authenticate by URL or token and are not signed. */
  readonly isChat: boolean;
  /** How many events a request can carry; above 1 of one `feed`, or of `any`. */
  readonly mostEvents: number;
  readonly of: 'feed' | 'any';
  /** It has no way to say anything that is not about an entry. */
  readonly entriesOnly: boolean;
  /** Body of a request, in bytes. */
  readonly maxBytes: number;
  /** What the service takes; absent: as fast as it answers. */
  readonly rate?: Rate;
  /** What `to` names. */
  readonly to?: 'chat' | 'topic' | 'room';
}

const kib = 1024;
const each = { isChat: false, mostEvents: 1, of: 'feed', entriesOnly: false, maxBytes: 64 * kib } as const;
const list = { ...each, mostEvents: 100, entriesOnly: true, maxBytes: 256 * kib } as const;
const chat = { ...each, isChat: true, mostEvents: 20, of: 'any' } as const;

/** One request in `perMs`, several at once up to `burst`. */
const oneIn = (perMs: number, burst = 1): Rate => ({ count: 1, perMs, burst });

export const traitsOf: Readonly<Record<Format, FormatTraits>> = {
  standard: each,
  cloudevents: each,
  jsonfeed: list,
  atom: list,
  form: { ...each, entriesOnly: true },
  template: each,
  miniflux: list,
  superfeedr: list,
  // https://docs.slack.dev/apis/web-api/rate-limits: one message a second, short bursts.
  slack: { ...chat, maxBytes: 13_000, rate: oneIn(1_000) },
  // Ten embeds in a message. Its limits come with each answer; this is where they usually are.
  discord: { ...chat, mostEvents: 10, rate: { count: 5, perMs: 2_000, burst: 5 } },
  teams: { ...chat, maxBytes: 14_000, rate: oneIn(1_000) },
  mattermost: { ...chat, rate: { count: 10, perMs: 1_000, burst: 10 } },
  // 20 messages a minute in a group. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
  telegram: { ...chat, rate: oneIn(3_000), to: 'chat' },
  // https://docs.ntfy.sh/publish/#limitations: 60 at once, then one in 5 s.
  ntfy: { ...chat, maxBytes: 8 * kib, rate: oneIn(5_000, 60), to: 'topic' },
  gotify: chat,
  matrix: { ...chat, rate: { count: 10, perMs: 1_000, burst: 10 }, to: 'room' },
};
