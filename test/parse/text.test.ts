// Plain text of HTML and of titles.

import { describe, expect, test } from '@jest/globals';
import { plainText, plainTitle } from '../../src/parse/text.ts';
import { xhtmlToHtml } from '../../src/parse/xhtml.ts';

describe('the text of HTML', () => {
  test.each([
    ['tags go', '<p>a <b>b</b>c</p>', 'a bc'],
    ['references are decoded once', 'AT&amp;T &amp;lt; &eacute;', 'AT&T &lt; é'],
    ['white space collapses', ' a \n\t b&nbsp;&nbsp;c ', 'a b c'],
    ['blocks part words, inline elements do not', '<p>a</p><p>b</p>c<br>d<i>e</i>', 'a b c de'],
    [
      'script and style go with what they hold',
      'a<script>if (x < y) "</b>"</script>b<STYLE>p{}</STYLE>c',
      'abc',
    ],
    ['an unclosed script hides the rest', 'a<script>b', 'a'],
    ['comments go', 'a<!-- <b>x</b> -->b', 'ab'],
    ['attributes may hold >', '<a title="1 > 0">x</a>', 'x'],
    ['a lone < stays', '1 < 2 <3', '1 < 2 <3'],
    ['escaped tags are text', '&lt;b&gt;', '<b>'],
    ['nothing is nothing', '<img src="x.png">', ''],
  ])('%s', (_, html, text) => {
    expect(plainText(html)).toBe(text);
  });
});

describe('a plain title', () => {
  test.each([
    ['loses elements of HTML', 'a <em>b</em><br/>c', 'a b c'],
    ['keeps what only looks like one', 'List<String> & Map<K, V>', 'List<String> & Map<K, V>'],
    ['is not decoded again', 'AT&amp;T', 'AT&amp;T'],
    ['may speak of a <script>', 'The <script> tag, and <style>', 'The <script> tag, and <style>'],
    ['loses a script that has an end', 'a<script>b</script>c', 'ac'],
  ])('%s', (_, title, text) => {
    expect(plainTitle(title)).toBe(text);
  });
});

describe('xhtml becomes HTML', () => {
  test.each([
    ['without its outer div', '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div>', '<p>a</p>'],
    ['but two divs stay', '<div>a</div><div>b</div>', '<div>a</div><div>b</div>'],
    ['and an inner one', '<div><div>a</div></div>', '<div>a</div>'],
    ['empty elements get an end tag', '<p/>a<br/><a id="x" />', '<p></p>a<br/><a id="x"></a>'],
    ['prefixes go', '<h:div><h:p class="x">a<h:br/></h:p></h:div>', '<p class="x">a<br/></p>'],
    ['references stay', '<div>a &amp; &lt;b&gt;</div>', 'a &amp; &lt;b&gt;'],
  ])('%s', (_, markup, html) => {
    expect(xhtmlToHtml(markup)).toBe(html);
  });
});
