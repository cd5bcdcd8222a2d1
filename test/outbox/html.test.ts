import { describe, expect, test } from '@jest/globals';
import { maxHtmlChars, maxHtmlTags, plainText, readableHtml, sanitisedHtml } from '../../src/outbox/html.ts';

const base = 'https://example.org/blog/post/';

describe('sanitised HTML', () => {
  test.each([
    ['a script', '<p>a<script>alert(1)</script></p>', '<p>a</p>'],
    ['a style', '<style>p{}</style><p>a</p>', '<p>a</p>'],
    ['an event handler', '<p onclick="x()">a</p>', '<p>a</p>'],
    [
      'an image with onerror',
      '<img src="https://example.org/i" onerror="x()">',
      '<img src="https://example.org/i" />',
    ],
    ['an image without a source', 'a<img onerror="x()">', 'a'],
    ['svg', '<svg onload="x()"><p>a</p></svg>', '<p>a</p>'],
    ['a script link', '<a href="javascript:x()">a</a>', '<a>a</a>'],
    ['a script link with a tab and capitals', '<a href=" JaVa\tscript:x()">a</a>', '<a>a</a>'],
    ['a data link', '<a href="data:text/html,x">a</a>', '<a>a</a>'],
    ['a vbscript image', '<img src="vbscript:x">a', 'a'],
    ['a form', '<form action="/x"><input name="q"><p>a</p></form>', '<p>a</p>'],
    ['a frame', '<iframe src="https://example.org/"></iframe>a', 'a'],
    ['inline style and class', '<p style="color:red" class="x" id="y">a</p>', '<p>a</p>'],
    ['a comment', 'a<!-- <script>x()</script> -->', 'a'],
    [
      'markup hidden in noscript',
      '<noscript><p title="</noscript><img src=x onerror=x()>">a</p></noscript>',
      '<p>a</p>',
    ],
    [
      'markup hidden in a title',
      '<a title="<img src=x onerror=x()>">a</a>',
      '<a title="&lt;img src=x onerror=x()&gt;">a</a>',
    ],
    ['marks of CDATA, which would hide what they hold', '<![CDATA[a <b>b</b>]]> c', 'a <b>b</b> c'],
    ['an open tag', '<p>a<b>b', '<p>a<b>b</b></p>'],
    ['half a tag', 'a <a href="http', 'a'],
  ])('is made harmless: %s', (_, html, safe) => {
    expect(sanitisedHtml(html)).toBe(safe);
  });

  test.each([
    ['a relative link', '<a href="../x">a</a>', '<a href="https://example.org/blog/x">a</a>'],
    [
      'a link to the host',
      '<a href="/x?q=1&amp;r=2#f">a</a>',
      '<a href="https://example.org/x?q=1&amp;r=2#f">a</a>',
    ],
    ['a link to another host', '<a href="//cdn.example/x">a</a>', '<a href="https://cdn.example/x">a</a>'],
    ['a fragment', '<a href="#note">a</a>', '<a href="https://example.org/blog/post/#note">a</a>'],
    ['an image', '<img src="i.png" alt="x">', '<img src="https://example.org/blog/post/i.png" alt="x" />'],
    ['a citation', '<q cite="c">a</q>', '<q cite="https://example.org/blog/post/c">a</q>'],
    [
      'a poster',
      '<video poster="p.png"></video>',
      '<video poster="https://example.org/blog/post/p.png"></video>',
    ],
    ['an absolute link', '<a href="http://other.example/">a</a>', '<a href="http://other.example/">a</a>'],
    ['a mail address', '<a href="mailto:me@example.org">a</a>', '<a href="mailto:me@example.org">a</a>'],
  ])('has absolute links: %s', (_, html, absolute) => {
    expect(sanitisedHtml(html, base)).toBe(absolute);
  });

  test.each([
    ['without a base', undefined],
    ['with a base that is no URL', 'blog/'],
    ['with a base that is a script', 'javascript:x()'],
  ])('drops a relative link %s and keeps its text', (_, baseUrl) => {
    expect(sanitisedHtml('<a href="x">a</a>', baseUrl)).toBe('<a>a</a>');
  });

  test('is the same when sanitised again', () => {
    const once = sanitisedHtml('<p>a &amp; b &lt;c&gt; "d"<a href="/x?a=1&b=2" title="&quot;">e</a>', base);
    expect(sanitisedHtml(once)).toBe(once);
  });
});

describe('plain text', () => {
  test.each([
    ['tags go', '<p>It is <b>high</b>.</p>', 'It is high.'],
    ['references are decoded once', 'AT&amp;T &amp;lt;b&amp;gt; &#65; &hellip;', 'AT&T &lt;b&gt; A …'],
    ['paragraphs are apart', '<p>a</p><p>b</p>', 'a\n\nb'],
    ['a break ends a line', 'a<br>b<br/>c', 'a\nb\nc'],
    ['items stand on their lines', '<ul><li>a</li><li>b</li></ul>', 'a\n\nb'],
    ['white space in the source means nothing', '<p>a\n  b\t c</p>', 'a b c'],
    ['inline tags do not part words', 'un<b>believ</b>able', 'unbelievable'],
    ['scripts go with their text', 'a<script>var b</script>', 'a'],
    ['text without markup keeps its lines', 'a\nb', 'a\nb'],
    ['a lone bracket stays', 'a &lt; b', 'a < b'],
    ['nothing stays nothing', '', ''],
  ])('%s', (_, html, text) => {
    expect(plainText(html)).toBe(text);
  });
});

describe('how much is read', () => {
  test.each([
    ['as many characters as the limit', 'x'.repeat(maxHtmlChars), maxHtmlChars],
    ['one character more', 'x'.repeat(maxHtmlChars + 1), maxHtmlChars],
    ['as many tags as the limit', '<b>'.repeat(maxHtmlTags), maxHtmlTags * 3],
    ['one tag more', '<b>'.repeat(maxHtmlTags + 1), maxHtmlTags * 3],
    ['nothing', '', 0],
  ])('%s', (_, html, read) => {
    expect(readableHtml(html)).toHaveLength(read);
  });

  test.each([
    '<',
    '<b>',
    '<div><p>',
    '<table><tr><td>',
    '<a href="x" ',
    '&',
    '&lt;',
    '<!--',
    '<![CDATA[',
    '</b>',
    ' ',
    '\n',
    'x',
  ])('a megabyte of %j is read to its end (a square of it would outlast the test)', (unit) => {
    const html = unit.repeat(Math.ceil(1e6 / unit.length));
    expect(plainText(html).length).toBeLessThanOrEqual(html.length);
  });
});
