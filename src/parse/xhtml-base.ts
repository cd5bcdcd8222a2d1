// xml:base inside xhtml. HTML has no such attribute, so the links in an element that has it are made absolute; all
// others stay as they are, to be resolved against the base of the whole text. https://www.w3.org/TR/xmlbase/

import { MarkReader } from './markup.ts';
import { escapeHtml } from './raw-text.ts';
import { decodeHtml } from './references.ts';
import { resolveBase, resolveUrl } from './url.ts';

const saidBase = /\sxml:base\s*=\s*(?:"([^"]*)"|'([^']*)')/;
const links = /(\s(?:href|src|cite|poster)\s*=\s*)(?:"([^"]*)"|'([^']*)')/gi;

/** The xml:base of a start tag. */
export function baseSaidIn(tag: string): string | undefined {
  const said = saidBase.exec(tag);
  return said === null ? undefined : decodeHtml(said[1] ?? said[2] ?? '');
}

/** The markup without need of its bases; `outer` is what the first of them is resolved against. */
export function withoutBases(markup: string, outer: string | undefined): string {
  if (!markup.includes('xml:base')) return markup;
  const reader = new MarkReader(markup);
  /** Of each open element, the base that one of them said. */
  const bases: (string | undefined)[] = [];
  let html = '';
  let at = 0;
  while (reader.next()) {
    const { kind, start, end } = reader;
    if (kind === 'close') bases.pop();
    if (kind !== 'open' && kind !== 'empty') continue;
    const tag = markup.slice(start, end);
    const base = baseInside(tag, bases.at(-1), outer);
    if (kind === 'open') bases.push(base);
    if (base === undefined) continue;
    html += markup.slice(at, start) + absolute(tag, base);
    at = end;
  }
  return html + markup.slice(at);
}

function baseInside(
  tag: string,
  inherited: string | undefined,
  outer: string | undefined,
): string | undefined {
  const said = baseSaidIn(tag);
  return said === undefined ? inherited : resolveBase(said, inherited ?? outer);
}

function absolute(tag: string, base: string): string {
  return tag.replace(saidBase, '').replace(links, (attribute, before, double, single) => {
    const url = resolveUrl(decodeHtml(double ?? single), base);
    return url === undefined ? attribute : `${before}"${escapeHtml(url).replaceAll('"', '&quot;')}"`;
  });
}
