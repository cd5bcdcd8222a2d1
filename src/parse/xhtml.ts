// Turns the markup of an xhtml text construct into HTML: the outer div and the prefixes go, and an empty
// `<p/>` gets its end tag, because HTML would leave it open. Nothing else changes but an empty xmlns.
// RFC 4287 §3.1.1.3: the div is not part of the content. https://www.rfc-editor.org/rfc/rfc4287#section-3.1.1.3

import { MarkReader } from './markup.ts';
import { localName, voidNames } from './names.ts';

export function xhtmlToHtml(markup: string): string {
  const inside = withoutOuterDiv(markup.trim());
  const isPlain = !inside.includes('/>') && !/<\/?[\w-]+:|\sxmlns=(?:""|'')/.test(inside);
  return isPlain ? inside : rewriteTags(inside);
}

/** The attributes of the outer div, for its xml:base; empty when there is no such div. */
export function outerDivTag(markup: string): string {
  const reader = new MarkReader(markup);
  while (reader.next() && (reader.kind === 'comment' || reader.kind === 'cdata'));
  const isDiv = reader.kind === 'open' && localName(reader.name) === 'div';
  return isDiv ? markup.slice(reader.start, reader.end) : '';
}

function withoutOuterDiv(markup: string): string {
  const tag = outerDivTag(markup);
  if (tag === '' || !markup.startsWith(tag)) return markup;
  const reader = new MarkReader(markup);
  let depth = 0;
  while (reader.next()) {
    if (reader.kind === 'open') depth++;
    else if (reader.kind === 'close' && --depth === 0) break;
  }
  const isWhole = reader.kind === 'close' && depth === 0 && reader.end === markup.length;
  return isWhole ? markup.slice(tag.length, reader.start).trim() : markup;
}

function rewriteTags(markup: string): string {
  const reader = new MarkReader(markup);
  let html = '';
  let at = 0;
  while (reader.next()) {
    const { kind, start, end, nameEnd } = reader;
    if (kind !== 'open' && kind !== 'close' && kind !== 'empty') continue;
    const { name } = reader;
    const local = htmlName(name);
    const isLeftOpen = kind === 'empty' && !voidNames.has(local) && !alsoVoidNames.has(local);
    const rest = isLeftOpen
      ? `${markup.slice(nameEnd, end - 2).trimEnd()}></${local}>`
      : markup.slice(nameEnd, end);
    html += `${markup.slice(at, start)}${kind === 'close' ? '</' : '<'}${local}${withoutEmptyNamespace(rest)}`;
    at = end;
  }
  return html + markup.slice(at);
}

/** `xmlns=""` takes an element out of XHTML; whoever writes it into a text meant HTML all the same. */
function withoutEmptyNamespace(attributes: string): string {
  return attributes.includes('xmlns=') ? attributes.replace(/\sxmlns=(?:""|'')/, '') : attributes;
}

/** HTML has no prefixes; `svg:path` and `h:p` are known by their local names. */
function htmlName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Void in HTML, but feed elements of the same name have an end tag, so voidNames lacks them. */
const alsoVoidNames: ReadonlySet<string> = new Set(['link', 'source', 'meta', 'base']);
