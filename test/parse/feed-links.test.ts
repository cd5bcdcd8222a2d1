// What a page says of feeds: link elements as HTML reads them, however the page is written.

import { describe, expect, test } from '@jest/globals';
import { feedLinks, pageLinks, redirectTarget } from '../../src/parse/feed-links.ts';
import { leadsOf } from '../../src/parse/leads.ts';
import { parse } from '../../src/parse/parse.ts';
import { limits, rss } from './documents.ts';

const page = 'https://example.org/blog/';
const feed = 'https://example.org/feed';
const link = '<link rel="alternate" type="application/rss+xml" href="/feed">';
const urlsOf = (html: string, url = page) => feedLinks(html, url).map((each) => each.url);

describe('HTML §4.6.7: a link element names a feed', () => {
  test.each([
    ['in the head', `<!doctype html><html><head><title>t</title>${link}</head><body></body></html>`],
    ['in the body', `<body><p>words <b>and ${link} more`],
    ['in capitals', '<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="/feed">'],
    ['without quotes', '<link rel=alternate type=application/rss+xml href=/feed>'],
    ['without quotes, closed by a slash', '<link rel=alternate type=application/rss+xml href=/feed />'],
    ['in single quotes', "<link rel='alternate' type='application/rss+xml' href='/feed'/>"],
    [
      'over several lines',
      '<link\n\trel = "alternate"\n type\n=\n"application/rss+xml"\r\n href ="/feed"\n>',
    ],
    ['without spaces between', '<link rel="alternate"type="application/rss+xml"href="/feed">'],
    ['with a parameter in its type', link.replace('rss+xml', 'atom+xml; charset=utf-8')],
    ['among other tokens', link.replace('"alternate"', '"home\n ALTERNATE"')],
    ['with rel=feed and no type', '<link rel="feed" href="/feed">'],
    ['with the type of RDF', link.replace('rss+xml', 'rdf+xml')],
    ['with the type of JSON Feed', link.replace('rss+xml', 'feed+json')],
    ['with a type of much else', link.replace('application/rss+xml', 'text/xml')],
    ['with references in its URL', link.replace('/feed', '&#47;fee&#x64;')],
    ['with the feed scheme around its URL', link.replace('/feed', 'feed:https://example.org/feed')],
    ['with the feed scheme before its host', link.replace('/feed', 'feed://example.org/feed')],
    ['protocol-relative', link.replace('/feed', '//example.org/feed')],
    ['relative to the page', link.replace('/feed', '../feed')],
    ['with a fragment and credentials', link.replace('/feed', 'https://me:secret@example.org/feed#top')],
    ['with an attribute twice, of which the first counts', link.replace('href', 'href="/feed" href="/b" x')],
    ['behind a stray quote', `<p title="a"">${link}`],
    ['behind a < that begins nothing', `1 < 2 <3 </> ${link}`],
    ['behind an XML declaration and a namespace', `<?xml version="1.0"?><?xml:namespace prefix=o ?>${link}`],
    ['behind a comment that ends at once', `<!--> <!---> ${link}`],
    ['behind a script', `<script>"<link" + '<!--'</script >${link}`],
    ['behind a title that speaks of tags', `<title>the <link> and </b></title>${link}`],
    ['behind an SVG with an empty title', `<svg><title/></svg>${link}`],
    ['behind a template', `<template><template></template></template>${link}`],
    ['with NULs around it', `\0<p\0>${link}\0`],
  ])('%s', (_, html) => {
    expect(urlsOf(html)).toEqual([feed]);
  });

  test.each([
    ['in a comment', `<!-- ${link} -->`],
    ['in a comment without end', `<!-- ${link}`],
    ['in a script', `<script>${link}</script>`],
    ['in a script without end', `<script>${link}`],
    ['in a style', `<STYLE>${link}</STYLE>`],
    ['in a text area', `<textarea>${link}</textarea>`],
    ['in a template', `<template><template></template>${link}</template>`],
    ['in CDATA', `<![CDATA[${link}${link}]]>`],
    ['in an attribute', `<p title='${link}'>`],
    ['in escaped text', link.replaceAll('<', '&lt;')],
    ['as a style sheet', link.replace('application/rss+xml', 'text/css')],
    ['as another page', link.replace('application/rss+xml', 'text/html')],
    ['as a translation', '<link rel="alternate" hreflang="de" href="/feed">'],
    ['as oEmbed', link.replace('application/rss+xml', 'application/json+oembed')],
    ['as an interface', link.replace('rss+xml', 'json').replace('/feed', '/wp-json/wp/v2/posts/1')],
    ['with another rel', link.replace('alternate', 'alternates')],
    ['with no href', link.replace('href', 'src')],
    ['with an empty href', link.replace('/feed', '')],
    ['with a script as its URL', link.replace('/feed', 'java\nscript:alert(1)')],
    ['with a data URL', link.replace('/feed', 'data:text/xml,<rss/>')],
    ['with a file URL', link.replace('/feed', 'file:///etc/passwd')],
    ['with a URL that is none', link.replace('/feed', 'https://')],
    ['with a URL that is endless', link.replace('/feed', `/${'x'.repeat(3000)}`)],
    ['cut off', link.slice(0, -1)],
    ['with a quote that does not close', link.replace('/feed"', '/feed')],
  ])('but not %s', (_, html) => {
    expect(urlsOf(html)).toEqual([]);
  });

  test('with all that it says', () => {
    const html = link.replace('href', 'title=" Caf&eacute;\n&amp; Co " hreflang="fr-CA" href');
    expect(feedLinks(html, page)).toEqual([
      { url: feed, type: 'application/rss+xml', title: 'Café & Co', language: 'fr-CA' },
    ]);
  });

  test('once, in the order of the page, those last whose type could be anything', () => {
    const loose = '<link rel=alternate type=application/json href=/all.json>';
    expect(urlsOf(`${loose}${link}${link.replace('/feed', '/b')}${link}`)).toEqual([
      feed,
      'https://example.org/b',
      'https://example.org/all.json',
    ]);
  });
});

describe('HTML §4.2.3: relative links are resolved against the base', () => {
  const relative = link.replace('/feed', 'feed');
  test.each([
    ['of the page', '', 'https://example.org/blog/feed'],
    ['that is given, even behind them', '<base href="/a/">', 'https://example.org/a/feed'],
    ['that is given first', '<base target=x><base href=/a/><base href=/b/>', 'https://example.org/a/feed'],
    ['on another host', '<base href="//example.com">', 'https://example.com/feed'],
    ['but not one that is a script', '<base href="javascript:x">', 'https://example.org/blog/feed'],
  ])('%s', (_, base, url) => {
    expect(urlsOf(relative + base)).toEqual([url]);
  });
});

describe('an anchor looks like a feed', () => {
  const anchorsOf = (href: string, more = '') =>
    pageLinks(`<a class=x href="${href}" ${more}>x</a>`, page).anchors.map(({ url }) => url);

  test.each([
    ['/feed'],
    ['/feed/'],
    ['/tag/x/rss'],
    ['/a.rss'],
    ['/a.atom'],
    ['/index.xml'],
    ['/feed.json'],
    ['/?feed=rss2'],
    ['https://www.example.org/rss2'],
    ['https://feeds.example.com/blog.rss'],
  ])('at %s', (href) => {
    expect(anchorsOf(href)).toEqual([new URL(href, page).href]);
  });

  test.each([
    ['/about'],
    ['/feedback'],
    ['/sitemap.xml'],
    ['/rss-explained'],
    ['https://example.com/feed'],
    ['javascript:feed()'],
  ])('not at %s', (href) => {
    expect(anchorsOf(href)).toEqual([]);
  });

  test('anywhere on the host when it has the type of one', () => {
    expect(anchorsOf('/subscribe', 'type="application/atom+xml"')).toEqual(['https://example.org/subscribe']);
  });
});

describe('a hostile page costs little and brings little', () => {
  const megabyte = 1_000_000;
  const fill = (text: string) => text.repeat(Math.ceil(megabyte / text.length));
  test.each([
    ['tags without end', fill('<link')],
    ['tags without end, apart', fill('<link ')],
    ['quotes that nest', fill(`<link rel="'"'"`)],
    ['quotes without end', `<link href="${fill("'<a href='")}`],
    ['comments that do not end', fill('<!--')],
    ['CDATA that does not end', fill('<![CDATA[')],
    ['CDATA and declarations', fill('<![CDATA[x]]><!x><?y>')],
    ['scripts that do not end', fill('<script>')],
    ['end tags without end', fill('</')],
    ['templates in templates', fill('<template>')],
    ['equals signs', `<link ${fill('=')}>`],
    ['spaces', `<link rel${fill(' ')}>`],
    ['NULs', fill('\0')],
    ['one attribute of references', `<link rel=alternate type=text/xml href="${fill('&amp;')}">`],
    ['tags of one letter', fill('<a>')],
    ['a name of a megabyte', `<${fill('a')}>`],
  ])('%s', (_, html) => {
    expect(pageLinks(html, page)).toEqual({ links: [], anchors: [] });
  });

  test('of 10,000 link elements and anchors a hundred each are left', () => {
    const html = Array.from(
      { length: 10_000 },
      (_, at) => `${link.replace('/feed', `/${at}`)}<a href="/${at}.rss">`,
    );
    const { links, anchors } = pageLinks(html.join(''), page);
    expect([links.length, anchors.length, links[99]?.url]).toEqual([100, 100, 'https://example.org/99']);
  });

  test('what stands behind half a megabyte is not looked at', () => {
    expect(urlsOf(' '.repeat(524_288) + link)).toEqual([]);
    expect(urlsOf(' '.repeat(524_288 - link.length) + link)).toEqual([feed]);
  });
});

describe('a redirect of RSS 2.0 names the new location', () => {
  const to = 'https://example.com/new.xml?a=1&b=2';
  test.each([
    ['plain', `<redirect><newLocation>${to.replace('&', '&amp;')}</newLocation></redirect>`],
    [
      'behind a prolog and in CDATA',
      `<?xml version="1.0"?>\n<!-- moved -->\n<redirect>\n <newLocation>\n<![CDATA[${to}]]>\n</newLocation></redirect>`,
    ],
  ])('%s', (_, text) => {
    expect(redirectTarget(text, page)).toBe(to);
  });

  test.each([
    ['a page that quotes one', `<p><redirect><newLocation>${to}</newLocation></redirect>`],
    ['a script', '<redirect><newLocation>javascript:x</newLocation></redirect>'],
    ['nothing', '<redirect><newLocation> </newLocation></redirect>'],
    ['no location', '<redirect/>'],
  ])('not %s', (_, text) => {
    expect(redirectTarget(text, page)).toBeUndefined();
  });
});

describe('the message about a document that is no feed', () => {
  const failure = (text: string, contentType = 'text/html') => {
    try {
      parse({ text, url: page, contentType, limits });
    } catch (error) {
      return String(error);
    }
    return 'parsed';
  };

  test('names the feeds that the page links to, two of them, without what their queries hide', () => {
    const more = link.replace('rss+xml', 'atom+xml').replace('/feed', '/atom?token=secret');
    expect(failure(`<html>${link}${more}`)).toBe(
      'ParseError: the root element is <html> (sent as text/html); the page links to https://example.org/feed (application/rss+xml) and https://example.org/atom?token=*** (application/atom+xml)',
    );
    expect(failure(`<html>${link}${more}${link.replace('/feed', '/c')}`)).toMatch(/ and 1 more$/);
  });

  test('is bounded whatever the page says', () => {
    const html = Array.from({ length: 50 }, (_, at) => link.replace('/feed', `/${at}${'x'.repeat(1500)}`));
    expect(failure(`<html>${html.join('')}`).length).toBeLessThan(700);
  });

  test('does not send the reader to the page itself', () => {
    expect(leadsOf(link.replace('/feed', page), page)).toBe('');
  });

  test('names the new location of a feed that only says so', () => {
    expect(failure('<redirect><newLocation>/b</newLocation></redirect>', 'text/xml')).toBe(
      'ParseError: the root element is <redirect> (sent as text/xml); it says that the feed has moved to https://example.org/b',
    );
  });

  test('a feed that holds link elements is still a feed', () => {
    expect(failure(rss(link.replace('>', '/>')))).toBe('parsed');
  });
});
