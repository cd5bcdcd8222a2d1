// What a generated feed means: the truth that every reading of it is compared with. Texts hold what parsers disagree
// about: markup characters, references written out, letters of all planes, both directions of writing.

import fc from 'fast-check';

export interface EntryModel {
  readonly id: string;
  readonly title: string;
  /** Relative to the document, or absolute. */
  readonly link: string;
  readonly html: string;
  /** Epoch ms, whole seconds. */
  readonly published: number;
  readonly author: string;
  readonly categories: readonly string[];
  readonly enclosure?: { readonly link: string; readonly type: string; readonly bytes: number };
}

export interface FeedModel {
  readonly title: string;
  readonly entries: readonly EntryModel[];
}

export const documentUrl = 'https://origin.example/log/feed.xml';

const word = fc.constantFrom(
  'Harbour',
  'tide',
  'R&D',
  'AT&amp;T',
  '1 < 2',
  'a > b',
  'List<String>',
  'the <br> tag',
  '&lt;quoted&gt;',
  '&#65;',
  '&nbsp;',
  '"quoted"',
  "it's",
  'Größe',
  'ﬁn',
  '日本語',
  'مرحبا',
  'שלום',
  '👩‍👩‍👧‍👦',
  '🏴‍☠️',
  '007',
  '1.10',
  'null',
  '100%',
  ']]',
  '-->',
  'constructor',
);

const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join(' '));

/** Names without what makes an address or a role of them. */
const name = fc.constantFrom('Ann Weir', 'Bo', 'Jürgen Åström', 'O’Neill & Sons', '李 雷', 'Zoë <3');

const id = fc.oneof(
  fc.constantFrom('007', '7', '7.0', '0x7', '1e0', 'true', 'null', '9007199254740993'),
  fc.integer({ min: 1, max: 9999 }).map((n) => `tag:origin.example,2026:${n}`),
  fc.integer({ min: 1, max: 9999 }).map((n) => `https://origin.example/id/${n}?a=1&b=2`),
);

const link = fc.oneof(
  fc.integer({ min: 1, max: 9999 }).map((n) => `https://page.example/${n}?x=1&y=2`),
  fc.integer({ min: 1, max: 9999 }).map((n) => `/page/${n}`),
  fc.integer({ min: 1, max: 9999 }).map((n) => `../page/${n}#top`),
  fc.constant('//cdn.example/p'),
  fc.constant('https://page.example/ü/日本'),
);

/** Well-formed, so that the same text can stand as HTML and as XHTML. */
const html = fc
  .array(
    fc.constantFrom(
      '<p>Water at the quay.</p>',
      '<p>R&amp;D, 1 &lt; 2</p>',
      '<p>A <a href="https://page.example/?a=1&amp;b=2">link</a></p>',
      '<blockquote><p>日本語 <em>👩‍👩‍👧‍👦</em></p></blockquote>',
      '<p>line<br/>break</p>',
      '<p>&amp;lt;b&amp;gt; &amp;#65;</p>',
      '<ul><li>one</li><li>مرحبا</li></ul>',
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((list) => list.join(''));

const entry = fc.record(
  {
    id,
    title: words,
    link,
    html,
    published: fc.integer({ min: 631_152_000, max: 1_900_000_000 }).map((seconds) => seconds * 1000),
    author: name,
    categories: fc.uniqueArray(fc.constantFrom('Tide', 'R&D', 'a/b', '潮', 'x,y'), { maxLength: 3 }),
    enclosure: fc.record({
      link: fc.constantFrom('https://media.example/a.mp3?x=1&y=2', '/media/b.mp3', 'c.mp3'),
      type: fc.constantFrom('audio/mpeg', 'video/mp4'),
      bytes: fc.integer({ min: 1, max: 2 ** 31 }),
    }),
  },
  { requiredKeys: ['id', 'title', 'link', 'html', 'published', 'author', 'categories'] },
);

export const feedModel: fc.Arbitrary<FeedModel> = fc.record({
  title: words,
  entries: fc.uniqueArray(entry, { selector: (each) => each.id, minLength: 1, maxLength: 4 }),
});
