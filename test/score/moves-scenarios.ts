// The scenarios of rule 22: feeds that move, seem to move, or are gone. Each is asked once every four days, so that
// weeks pass in seconds.

import { type Answer, failure, feed, hourMs, noFeed, notModified, redirect } from './answer.ts';
import type { Resource } from './scoring-origin.ts';

const both = { etag: '"v1"', modified: 'Fri, 20 Nov 2026 06:00:00 GMT' };
const again = notModified();

export interface MoveScenarios {
  readonly configured: readonly Resource[];
  readonly targets: readonly Resource[];
  /** Of the origin that speaks https as well. */
  readonly upgraded: readonly Resource[];
  readonly upgradeTargets: readonly Resource[];
  /** Of another origin. */
  readonly elsewhere: readonly Resource[];
}

/** `elsewhere`: the URL of another origin; `twoSchemes`: `http://host:port` of the one with two schemes, if there is one. */
export function moveScenarios(elsewhere: string, twoSchemes: string | undefined): MoveScenarios {
  const away = `${elsewhere}/moved-away-there`;
  return {
    configured: [
      old('moved', redirect(301, '/moved-there')),
      old('moved-away', redirect(308, away)),
      // Only what is permanent is adopted: the first target, though a feed comes from the second.
      old('moved-then-302', redirect(301, '/halfway')),
      ...[302, 303, 307].map((status) => old(`lent-${status}`, redirect(status, `/lent-${status}-there`))),
      // What is permanent behind something temporary is not.
      old('lent-then-301', redirect(302, '/lent-halfway')),
      // A portal that says 301 to everybody brings no feed.
      old('captured', redirect(301, '/portal')),
      page('gone', [feed(both), gone, gone, gone]),
      page('gone-once', [feed(both), gone, gone, again]),
    ],
    targets: [
      target('moved-there', 'moved'),
      { ...old('halfway', redirect(302, '/halfway-there')), of: 'moved-then-302' },
      target('halfway-there', 'moved-then-302'),
      ...[302, 303, 307].map((status) => target(`lent-${status}-there`, `lent-${status}`)),
      { ...old('lent-halfway', redirect(301, '/lent-then-there')), of: 'lent-then-301' },
      target('lent-then-there', 'lent-then-301'),
      { ...page('portal', [], noFeed('html', { etag: '"portal"' })), of: 'captured' },
    ],
    elsewhere: [target('moved-away-there', 'moved-away')],
    upgraded: twoSchemes ? [upgrade(twoSchemes)] : [],
    upgradeTargets: twoSchemes ? [{ ...target('upgraded', 'upgraded'), target: secure(twoSchemes) }] : [],
  };
}

const gone: Answer = failure(410, { asks: { backoffMs: 12 * hourMs } });

function page(name: string, script: readonly Answer[], rest: Answer = again): Resource {
  return { name, target: `/${name}`, script, rest };
}

function old(name: string, rest: Answer): Resource {
  return page(name, [], rest);
}

function target(name: string, of: string): Resource {
  return { ...page(name, [feed(both)]), of };
}

function upgrade(twoSchemes: string): Resource {
  return { ...old('upgraded', redirect(301, secure(twoSchemes))), target: `${twoSchemes}/upgraded` };
}

function secure(twoSchemes: string): string {
  return `${twoSchemes.replace('http:', 'https:')}/upgraded`;
}
