// Which URLs may be feeds of a page, and in which order they are asked: what it links to, then what looks like a feed
// among its anchors, and last, where it names none, the few paths at which feeds usually are. Pure.

import { type FeedLink, pageLinks, redirectTarget } from '../../parse/feed-links.ts';

export type Source = 'given' | 'link' | 'moved' | 'anchor' | 'known path';

export interface Candidate {
  readonly url: string;
  readonly source: Source;
  readonly title?: string;
  /** Asked if `url` brings no answer: the http spelling of a link on a page that was read by https. */
  readonly insecureUrl?: string;
}

export interface Candidates {
  readonly links: readonly Candidate[];
  readonly anchors: readonly Candidate[];
}

/** Where feeds are found that no page names, the most usual first. */
const knownPaths = ['/feed', '/feed.xml', '/rss.xml', '/atom.xml', '/index.xml', '/feed.json', '/rss'];

export function candidatesOf(text: string, page: string): Candidates {
  const target = redirectTarget(text, page);
  if (target !== undefined) return { links: [{ url: target, source: 'moved' }], anchors: [] };
  const { links, anchors } = pageLinks(text, page);
  const first = distinct(links.map((link) => candidate(link, 'link', page)));
  const known = new Set(first.map(({ url }) => sameUrl(url)));
  const others = distinct(anchors.map((link) => candidate(link, 'anchor', page)));
  return {
    links: commentsLast(first),
    anchors: commentsLast(others.filter(({ url }) => !known.has(sameUrl(url)))),
  };
}

export function knownPathsOf(page: string): Candidate[] {
  return knownPaths.map((path) => ({ url: new URL(path, page).href, source: 'known path' }));
}

function candidate({ url, title }: FeedLink, source: Source, page: string): Candidate {
  const named = { source, ...(title !== undefined && { title }) };
  const secure = secureOn(page, url);
  return secure === undefined ? { url, ...named } : { url: secure, insecureUrl: url, ...named };
}

/** Old pages write http:// into their links and have been moved to https since. */
function secureOn(page: string, url: string): string | undefined {
  const [here, there] = [new URL(page), new URL(url)];
  if (here.protocol !== 'https:' || there.protocol !== 'http:' || here.host !== there.host) return undefined;
  there.protocol = 'https:';
  return there.href;
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const each of candidates) {
    const known = best.get(sameUrl(each.url));
    if (!known || (known.url.startsWith('http:') && each.url.startsWith('https:'))) {
      best.set(sameUrl(each.url), each);
    }
  }
  return [...best.values()];
}

/** Equal for the http and the https spelling. */
export function sameUrl(url: string): string {
  return url.replace(/^https?:/, '');
}

function commentsLast(candidates: readonly Candidate[]): Candidate[] {
  const isLast = ({ title, url }: Candidate) => Number(isAboutComments(title, url));
  return candidates.toSorted((one, other) => isLast(one) - isLast(other));
}

const comments = /\b(?:comments?|commentaires?|kommentar\w*|comentarios?|commenti)\b/i;

/** A feed of what readers say, which hardly anyone who asks for the feed of a page means. */
export function isAboutComments(title: string | undefined, url: string): boolean {
  const { pathname, search } = new URL(url);
  return comments.test(title ?? '') || comments.test(pathname) || /[?&]feed=comments-/.test(search);
}
