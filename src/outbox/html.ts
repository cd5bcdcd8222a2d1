// What strangers wrote, made safe to show: an allow-list of tags and attributes, links absolute and http(s) only,
// no scripts, styles, forms or frames. The only home of sanitize-html (docs/decisions/0003-sanitize-html.md).
// Reads no more than is worth reading, because nested tags cost the parser the square of their depth.

import sanitizeHtml from 'sanitize-html';

/** A quarter of a million characters, four times what a payload can hold. */
export const maxHtmlChars = 262_144;
/** 10,000 tags in each other take 15 ms, 90,000 more than a second. */
export const maxHtmlTags = 10_000;

const urlAttributes = ['href', 'src', 'cite', 'poster'];

// Elements that end a line of plain text; those of `spaced` also leave an empty line.
const lineTags =
  'address|article|aside|br|caption|dd|details|div|dl|dt|figcaption|figure|footer|header|hr|li|main|menu|nav|ol|section|summary|table|tbody|td|tfoot|th|thead|tr|ul';
const spacedTags = 'blockquote|h[1-6]|hgroup|p|pre';
const lineTag = new RegExp(`</?(?:${lineTags})(?:\\s[^<>]*)?>`, 'g');
const spacedTag = new RegExp(`</?(?:${spacedTags})(?:\\s[^<>]*)?>`, 'g');

const rules: sanitizeHtml.IOptions = {
  allowedTags: [
    ...sanitizeHtml.defaults.allowedTags,
    ...['img', 'audio', 'video', 'source', 'del', 'ins', 'details', 'summary'],
  ],
  allowedAttributes: {
    '*': ['lang', 'dir'],
    a: ['href', 'title', 'hreflang'],
    abbr: ['title'],
    audio: ['src', 'controls'],
    blockquote: ['cite'],
    del: ['cite', 'datetime'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    ins: ['cite', 'datetime'],
    ol: ['start', 'reversed', 'type'],
    q: ['cite'],
    source: ['src', 'type'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
    time: ['datetime'],
    video: ['src', 'controls', 'poster', 'width', 'height'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesAppliedToAttributes: urlAttributes,
  allowProtocolRelative: false,
  nestingLimit: 100,
  exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs.src,
};

/** Safe HTML whose links stand alone; a relative link without a base is dropped, its text stays. */
export function sanitisedHtml(html: string, baseUrl?: string): string {
  // Setting the parser up costs more than a short text.
  if (!/[<>&]/.test(html)) return readableHtml(html).trim();
  // A long base before each of thousands of links would make gigabytes of them: what is past this is dropped like a
  // relative link without a base.
  let room = maxHtmlChars;
  const absolute = (tagName: string, attribs: sanitizeHtml.Attributes) => {
    const urls = withAbsoluteUrls(attribs, room > 0 ? baseUrl : undefined);
    room -= Math.max(0, urlLength(urls) - urlLength(attribs));
    return { tagName, attribs: urls };
  };
  return sanitizeHtml(withoutCdataMarks(readableHtml(html)), {
    ...rules,
    transformTags: { '*': absolute },
  }).trim();
}

// HTML §13.2.5.42: in HTML it is a comment, and feeds that escape twice would lose their whole text in it.
// https://html.spec.whatwg.org/#markup-declaration-open-state
function withoutCdataMarks(html: string): string {
  return html.includes('<![CDATA[') ? html.replaceAll('<![CDATA[', '').replaceAll(']]>', '') : html;
}

function urlLength(attribs: sanitizeHtml.Attributes): number {
  return urlAttributes.reduce((length, name) => length + (attribs[name]?.length ?? 0), 0);
}

/** The words, with a line for each block; references are decoded once. */
export function plainText(html: string): string {
  return html.includes('<') || html.includes('&') ? wordsOf(sanitisedHtml(html)) : tidyLines(html);
}

/** The part of a text that is read; shorter than the text only beyond the limits above. */
export function readableHtml(html: string): string {
  let end = -1;
  for (let tags = 0; tags <= maxHtmlTags; tags++) {
    end = html.indexOf('<', end + 1);
    if (end === -1) return html.slice(0, maxHtmlChars);
  }
  return html.slice(0, Math.min(end, maxHtmlChars));
}

function withAbsoluteUrls(attribs: sanitizeHtml.Attributes, baseUrl: string | undefined) {
  const absolute = { ...attribs };
  for (const name of urlAttributes) {
    const value = absolute[name];
    if (value === undefined) continue;
    const url = URL.parse(value, baseUrl);
    if (url) absolute[name] = url.href;
    else delete absolute[name];
  }
  return absolute;
}

/** The words of what sanitisedHtml() made: it has a `<` only where a tag begins, and three references. */
export function wordsOf(sanitised: string): string {
  const lines = sanitised
    .replace(/\s+/g, ' ')
    .replace(lineTag, '\n')
    .replace(spacedTag, '\n\n')
    .replace(/<[^<>]*>/g, '');
  return tidyLines(lines.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}

function tidyLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
