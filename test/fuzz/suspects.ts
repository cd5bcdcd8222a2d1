// Documents of a megabyte that were written to be slow or fat: one for each place where the program could do the square
// of what it should, or copy what it should share.

import type { Served } from './read.ts';

export interface Suspect {
  readonly name: string;
  /** About so many bytes, where its counts allow it; a megabyte unless told otherwise. */
  readonly make: (bytes?: number) => Served;
}

const megabyte = 1_000_000;
const url = 'https://fuzz.example/feed';

function xml(name: string, inside: (room: number) => string, contentType = 'application/rss+xml'): Suspect {
  return {
    name,
    make: (bytes = megabyte) => ({
      bytes: Buffer.from(inside(bytes - 400)).subarray(0, Math.max(bytes, 500_000)),
      url,
      contentType,
    }),
  };
}

const rss = (inside: string, attributes = '') =>
  `<rss version="2.0"${attributes}><channel><title>t</title>${inside}</channel></rss>`;
const atom = (inside: string, attributes = '') =>
  `<feed xmlns="http://www.w3.org/2005/Atom"${attributes}><id>f</id>${inside}</feed>`;
const item = (inside: string) => `<item>${inside}</item>`;
const described = (html: string) =>
  rss(item(`<title>a</title><description><![CDATA[${html}]]></description>`));
const encoded = (html: string) =>
  rss(
    item(`<title>a</title><content:encoded><![CDATA[${html}]]></content:encoded>`),
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"',
  );
const times = (text: string, room: number) => text.repeat(Math.floor(room / text.length));
const numbered = (count: number, text: (at: number) => string) =>
  Array.from({ length: Math.floor(count) }, (_, at) => text(at)).join('');

export const suspects: readonly Suspect[] = [
  xml('title of <script', (room) => rss(item(`<title><![CDATA[${times('<script>', room)}]]></title>`))),
  xml('title of </scrip', (room) =>
    rss(item(`<title><![CDATA[<script>${times('</scrip', room)}]]></title>`)),
  ),
  xml('title of style and script ends', (room) =>
    rss(item(`<title><![CDATA[${times('<style></script>', room)}]]></title>`)),
  ),
  xml('title of bare <', (room) => rss(item(`<title>${times('<', room)}</title>`))),
  xml('title of &a', (room) => rss(item(`<title>${times('&a', Math.min(room, 999_000))}</title>`))),
  xml('title of white space', (room) => rss(item(`<title>${times(' ', room)}x</title>`))),
  xml('date of digits', (room) => rss(item(`<title>a</title><pubDate>${times('1', room)}</pubDate>`))),
  xml('unclosed elements in a text', (room) =>
    rss(item(`<description>${times('<p>x', room)}</description>`)),
  ),
  xml('unclosed lines in a text', (room) => rss(item(`<description>${times('<br>', room)}</description>`))),
  xml('ends of nothing', (room) => rss(item(times('</x>', room)))),
  xml('items that nobody closes', (room) => rss(times('<item><title>a', room))),
  xml('tags with a lone quote', (room) => rss(item(times('<a b="', room)))),
  xml('quotes with tags inside', (room) => rss(item(times('<a b="<c">', room)))),
  xml('attributes', (room) => `<rss><a ${times('b="" ', room)}/></rss>`),
  xml('different attributes', (room) => `<rss><a ${numbered(room / 13, (at) => `b${at}="" `)}/></rss>`),
  xml('attributes without values', (room) => `<rss><a ${times('d ', room)}/></rss>`),
  xml('attributes of equals signs', (room) => `<rss><a ${times('n=', room)}/></rss>`),
  xml('comments that nobody closes', (room) => rss(times('<!--', room))),
  xml('comments', (room) => rss(times('<!---->', room))),
  xml('CDATA sections', (room) => rss(item(`<title>${times('<![CDATA[x]]>', room)}</title>`))),
  xml('a subset of brackets', (room) => `<!DOCTYPE rss [${times('<!-- -->', room)}]><rss/>`),
  xml('a subset of open comments', (room) => `<!DOCTYPE rss [${times('<!--', room)}`),
  xml('a subset of quotes', (room) => `<!DOCTYPE rss ${times('"', room)}`),
  xml('instructions', (room) => `${times('<?x?>', room)}<rss/>`),
  xml(
    'entity names without end',
    (room) => `<!DOCTYPE rss [${times('<!ENTITY a ', 60_000)}]>${rss(times(' ', room / 2))}`,
  ),
  xml('prefixes bound by each element', (room) => rss(times('<x xmlns:y="u"/>', room))),
  xml('a thousand prefixes, bound anew', (room) =>
    rss(
      times('<x xmlns:y="u"/>', room - 20_000),
      numbered(1_000, (at) => ` xmlns:p${at}="u"`),
    ),
  ),
  xml('5,000 equal entries', () =>
    rss(times(item('<title>a</title><link>https://a.example/</link><description>b</description>'), 450_000)),
  ),
  xml('5,000 entries', () =>
    rss(
      numbered(5_000, (at) =>
        item(
          `<title>a${at}</title><guid>https://a.example/${at}</guid><description>&lt;p&gt;some text&lt;/p&gt;</description>`,
        ),
      ),
    ),
  ),
  xml('5,000 spellings of one address', () =>
    rss(numbered(5_000, (at) => item(`<title>a</title><guid>https://a.example/?utm_x=${at}</guid>`))),
  ),
  xml('5,000 links under one id', () =>
    rss(
      numbered(5_000, (at) =>
        item(`<title>a</title><guid isPermaLink="false">1</guid><link>https://a.example/${at}</link>`),
      ),
    ),
  ),
  xml('categories', (room) => rss(item(`<title>a</title>${times('<category>a</category>', room)}`))),
  xml('different categories', (room) =>
    rss(item(`<title>a</title>${numbered(room / 31, (at) => `<category>${at}</category>`)}`)),
  ),
  xml('enclosures', (room) =>
    rss(
      item(
        `<title>a</title>${numbered(room / 56, (at) => `<enclosure url="https://a.example/${at}" length="1"/>`)}`,
      ),
    ),
  ),
  xml('people', (room) =>
    rss(item(`<title>a</title>${numbered(room / 26, (at) => `<author>a${at}</author>`)}`)),
  ),
  xml('links in one entry', (room) =>
    atom(`<entry><id>1</id>${numbered(room / 26, (at) => `<link href="/${at}"/>`)}</entry>`),
  ),
  xml('a long base and many links', () =>
    atom(
      numbered(
        2_000,
        (at) => `<entry><id>${at}</id><link href="${at}"/><link rel="enclosure" href="e${at}"/></entry>`,
      ),
      ` xml:base="https://a.example/${'b'.repeat(500_000)}/"`,
    ),
  ),
  xml('a long base and content with many links', () =>
    atom(
      `<entry><id>1</id><content type="html">${'&lt;a href="x">y&lt;/a>'.repeat(9_000)}</content></entry>`,
      ` xml:base="https://a.example/${'b'.repeat(500_000)}/"`,
    ),
  ),
  xml('a long home page and many entries', () =>
    atom(
      `<link href="https://a.example/${'b'.repeat(600_000)}"/>${numbered(4_900, (at) => `<entry><id>${at}</id></entry>`)}`,
    ),
  ),
  xml('a long author and many entries', () =>
    atom(
      `<author><name>a</name><uri>https://a.example/${'b'.repeat(600_000)}</uri></author>${numbered(4_900, (at) => `<entry><id>${at}</id></entry>`)}`,
    ),
  ),
  xml('ten authors and many entries', () =>
    atom(
      numbered(
        10,
        (at) => `<author><name>${at}</name><uri>https://a.example/${'b'.repeat(2_000)}</uri></author>`,
      ) + numbered(4_900, (at) => `<entry><id>${at}</id></entry>`),
    ),
  ),
  xml('xhtml of empty elements', (room) =>
    atom(
      `<entry><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${times('<p/>', Math.min(room, 700_000))}</div></content></entry>`,
    ),
  ),
  xml('xhtml of prefixes', (room) =>
    atom(
      `<entry><id>1</id><content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml">${times('<h:p>a</h:p>', room)}</h:div></content></entry>`,
    ),
  ),
  xml('content of nested elements', (room) => encoded(times('<div>', room))),
  xml('content of closed nested elements', (room) =>
    encoded(times('<b>', room / 2) + times('</b>', room / 2)),
  ),
  xml('content of unknown elements', (room) => encoded(times('<x y="z">', room))),
  xml('content of attributes', (room) => encoded(`<p ${times('a="b" ', room)}>x</p>`)),
  xml('content of tables', (room) => encoded(times('<table><tr><td>', room))),
  xml('content of half references', (room) => encoded(times('&lt', room))),
  xml('content of style', (room) => encoded(times('<style>', room))),
  xml('content of textarea', (room) => encoded(times('<textarea><!--', room))),
  xml('content of comments', (room) => encoded(times('<!-->', room))),
  xml('content of white space', (room) => encoded(`<p>${times(' \n', room)}x</p>`)),
  xml('content of lines', (room) => encoded(times('\n', room))),
  xml('content of paragraphs', (room) => encoded(times('<p>a</p>', room))),
  xml('description of paragraphs', (room) => described(times('<p>a', room))),
  xml('description of quotes', (room) => described(times('"', room))),
  xml('10,000 texts of one tag', () =>
    rss(
      numbered(4_900, (at) =>
        item(
          `<guid>${at}</guid><description><![CDATA[${'<p>a <a href="b">c</a> '.repeat(5)}]]></description>`,
        ),
      ),
    ),
  ),
  xml('a person without end', (room) => rss(item(`<title>a</title><author>${times('a.', room)}</author>`))),
  xml('a person of brackets', (room) => rss(item(`<title>a</title><author>${times('(a@', room)}</author>`))),
  xml('a link of dots', (room) =>
    rss(item(`<title>a</title><link>https://a.example/${times('../', room)}</link>`)),
  ),
  xml('a host of labels', (room) => rss(item(`<title>a</title><link>https://${times('a.', room)}/</link>`))),
  xml('a link of percent signs', (room) =>
    rss(item(`<title>a</title><guid>https://a.example/?${times('&amp;a=%', room)}</guid>`)),
  ),
  xml(
    'a JSON of arrays',
    (room) => `{"version":"https://jsonfeed.org/version/1.1","items":[],"x":${times('[', room)}`,
    'application/json',
  ),
  xml(
    'a JSON of numeric ids',
    () =>
      `{"version":"https://jsonfeed.org/version/1.1","items":[${numbered(5_000, (at) => `{"id":${at},"content_html":"<p>${'text '.repeat(20)}"}`).replaceAll('}{', '},{')}]}`,
    'application/json',
  ),
  xml(
    'a JSON of tags',
    (room) =>
      `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","tags":[${numbered(room / 13, (at) => `"t${at}",`)}"z"]}]}`,
    'application/json',
  ),
  xml(
    'a JSON of "id" without value',
    (room) => `{"version":"https://jsonfeed.org/version/1.1","x":"${times('\\"id\\" ', room)}","items":[]}`,
    'application/json',
  ),
  xml(
    'a JSON of white space before a number',
    (room) => `{"version":"https://jsonfeed.org/version/1.1","items":[{"id"${times(' ', room)}:"x"}]}`,
    'application/json',
  ),
  {
    name: 'bytes that fit no charset',
    make: (size = megabyte) => ({ bytes: hostileBytes('<rss>', 0x81, size), url, contentType: 'text/xml' }),
  },
  {
    name: 'bytes of many charsets',
    make: (size = megabyte) => ({
      bytes: hostileBytes('<?xml version="1.0" encoding="iso-2022-jp"?><rss>', 0x1b, size),
      url,
    }),
  },
  {
    name: 'UTF-16 that calls itself EBCDIC',
    make: () => ({
      bytes: Buffer.from(rss(item('<title>a</title>').repeat(4_000)), 'utf16le'),
      url,
      contentType: 'text/xml; charset=ibm037',
    }),
  },
];

/** Bytes beyond ASCII, in words of seven. */
function hostileBytes(head: string, odd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, Buffer.from([odd, 0xfe, 0x8d, 0xa0, 0xff, 0xc3, 0x20]));
  bytes.write(head, 'latin1');
  return bytes;
}
