// HTML to one line of plain text: tags go, script and style go with what they hold, references are decoded
// once, white space collapses. For titles and people's eyes; it makes nothing safe that is shown as HTML.

import { MarkReader } from './markup.ts';
import { localName } from './names.ts';
import { decodeHtml } from './references.ts';

/** Elements whose borders separate words. */
const blockNames: ReadonlySet<string> = new Set(
  'address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);

const silentNames: ReadonlySet<string> = new Set(['script', 'style']);

/** Elements that people write into titles. Others in a plain title are words: `List<String>`. */
const inlineNames: ReadonlySet<string> = new Set(
  'a abbr acronym b big cite code del dfn em font i img ins kbd mark q s samp small span strike strong sub sup tt u var wbr'.split(
    ' ',
  ),
);

/** The text of HTML. */
export function plainText(html: string): string {
  const text = html.includes('<') ? removeTags(html, () => true) : html;
  return collapse(decodeHtml(text));
}

/** The text of a title that is plain, or HTML: only elements of HTML go, and nothing is decoded. */
export function plainTitle(title: string): string {
  // "The <script> tag" speaks of it; one that is meant has an end, and would else take the rest of the title along.
  const hasSilent = /<\/(?:script|style)/i.test(title);
  const isElement = (name: string) =>
    inlineNames.has(name) || blockNames.has(name) || (hasSilent && silentNames.has(name));
  return collapse(title.includes('<') ? removeTags(title, isElement) : title);
}

export function collapse(text: string): string {
  // Most texts have single spaces only, which need no replacing.
  return (/\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, ' ') : text).trim();
}

function removeTags(html: string, isElement: (name: string) => boolean): string {
  const reader = new MarkReader(html);
  let text = '';
  let at = 0;
  while (reader.next()) {
    const { kind, start } = reader;
    if (kind === 'broken' || kind === 'cut') continue;
    const isTag = kind === 'open' || kind === 'close' || kind === 'empty';
    const name = isTag ? localName(reader.name) : '';
    if (isTag && !isElement(name)) continue;
    text += html.slice(at, start);
    if (kind === 'cdata') text += html.slice(start + 9, reader.end - 3);
    if (blockNames.has(name)) text += ' ';
    at = kind === 'open' && silentNames.has(name) ? skipTo(html, `</${name}`, reader) : reader.end;
  }
  return text + html.slice(at);
}

/** Moves the reader to the end tag, or to the end of the text when there is none. */
function skipTo(html: string, endTag: string, reader: MarkReader): number {
  let at = html.indexOf('<', reader.end);
  while (at !== -1 && html.substr(at, endTag.length).toLowerCase() !== endTag) at = html.indexOf('<', at + 1);
  reader.end = at === -1 ? html.length : at;
  return reader.end;
}
