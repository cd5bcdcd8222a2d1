// B14: references are decoded exactly once, wherever they stand.

import { describe, expect, test } from '@jest/globals';
import { decodeHtml } from '../../src/parse/references.ts';
import { atom, item, parseText, rss } from './documents.ts';

// The 252 names of HTML 4, https://www.w3.org/TR/html401/sgml/entities.html
const html4 =
  'quot amp lt gt nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml fnof Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega thetasym upsih piv bull hellip prime Prime oline frasl weierp image real trade alefsym larr uarr rarr darr harr crarr lArr uArr rArr dArr hArr forall part exist empty nabla isin notin ni prod sum minus lowast radic prop infin ang and or cap cup int there4 sim cong asymp ne equiv le ge sub sup nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor lang rang loz spades clubs hearts diams OElig oelig Scaron scaron Yuml circ tilde ensp emsp thinsp zwnj zwj lrm rlm ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger permil lsaquo rsaquo euro'.split(
    ' ',
  );

const written = [
  '&nbsp;',
  '&hellip;',
  '&#65;',
  '&amp;#65;',
  '&amp;amp;',
  '&#x2014;',
  '&amp;lt;b&amp;gt;',
  '&unknown;',
  'AT&T',
  '&',
];
const decoded = [' ', '…', 'A', '&#65;', '&amp;', '—', '&lt;b&gt;', '&unknown;', 'AT&T', '&'];
const cases = written.map((text, at): [string, string] => [text, decoded[at] ?? '']);

describe('a reference is decoded once', () => {
  test.each(cases)('%s in an RSS title is %j', (text, title) => {
    expect(parseText(rss(item(`<title>a${text}b</title>`))).entries[0]?.title).toBe(`a${title}b`);
  });

  test.each(cases)('%s in an Atom title of type text is %j', (text, title) => {
    expect(parseText(atom(`<entry><title>a${text}b</title></entry>`)).entries[0]?.title).toBe(`a${title}b`);
  });

  test.each(cases)('%s in a guid is %j', (text, id) => {
    // \u00a0 is no white space that an id may lose inside
    const expected = text === '&nbsp;' ? 'a\u00a0b' : `a${id}b`;
    expect(parseText(rss(item(`<guid>a${text}b</guid>`))).entries[0]?.id).toBe(expected);
  });

  test('HTML in Atom is decoded by XML, and a title of it once more by HTML', () => {
    const entry =
      '<entry><title type="html">&amp;amp;lt; &amp;#65;</title><content type="html">&amp;amp;</content></entry>';
    expect(parseText(atom(entry)).entries[0]).toMatchObject({ title: '&lt; A', contentHtml: '&amp;' });
  });

  test('CDATA is not decoded by XML: an RSS title in it is HTML, a guid is literal', () => {
    const [entry] = parseText(
      rss(item('<title><![CDATA[&eacute;&amp;#65;]]></title><guid><![CDATA[&#65;]]></guid>')),
    ).entries;
    expect(entry).toMatchObject({ title: 'é&#65;', id: '&#65;' });
  });

  test('in attributes too', () => {
    const link = '<entry><link href="https://example.org/?a=1&amp;b=&amp;amp;"/></entry>';
    expect(parseText(atom(link)).entries[0]?.url).toBe('https://example.org/?a=1&b=&amp;');
  });
});

describe('HTML names', () => {
  test.each(html4)('&%s; is one character', (name) => {
    expect([...decodeHtml(`&${name};`)]).toHaveLength(1);
  });

  test.each([
    ['mdash', '—'],
    ['ocirc', 'ô'],
    ['lang', '⟨'],
    ['zwnj', '\u200c'],
  ])('&%s; is the one that HTML means', (name, character) => {
    expect(decodeHtml(`&${name};`)).toBe(character);
  });

  test('numbers 128 to 159 mean windows-1252', () => {
    expect(decodeHtml('&#146;&#x80;&#150;')).toBe('’€–');
  });

  test('references to characters that XML forbids vanish', () => {
    expect(decodeHtml('a&#0;b&#8;c&#xD800;d')).toBe('abcd');
  });
});
