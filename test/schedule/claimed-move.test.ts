import { describe, expect, test } from '@jest/globals';
import { urlToAsk } from '../../src/schedule/move.ts';
import { day, FeedLife, feedUrl, hops, hour } from './feed-life.ts';

const claim = 'https://new.example/feed';

describe('POLITENESS §4: a move that only the document claims', () => {
  test.each([
    ['itunes:new-feed-url', { newFeedUrl: claim }],
    ['rel=self', { selfUrl: claim }],
  ])('%s is told once and never followed', (via, parsed) => {
    const life = new FeedLife().polls(9, { parsed }, 4 * day);
    expect(life.told).toEqual([
      expect.objectContaining({ type: 'feed.moved', from: feedUrl, to: claim, via, isAdopted: false }),
    ]);
    expect(urlToAsk({ url: feedUrl }, life.stored)).toBe(feedUrl);
  });

  test.each([
    ['the URL itself', feedUrl],
    ['another scheme', 'http://example.org/feed'],
    ['the default port', 'https://example.org:443/feed'],
    ['another port', 'http://example.org:8080/feed'],
    ['letters of the host', 'https://EXAMPLE.org/feed'],
    ['www', 'https://www.example.org/feed'],
    ['a final slash', 'https://example.org/feed/'],
    ['a parameter', 'https://example.org/feed?utm_source=rss&format=xml'],
    ['another path of the host', 'https://example.org/blog/atom.xml'],
    ['an address of no public name', 'http://localhost/feed'],
    ['an address behind a proxy', 'http://10.0.0.5/feed'],
    ['an IPv6 address', 'http://[::1]/feed'],
    ['a URL of 5,000 characters', `https://new.example/${'a'.repeat(5_000)}`],
  ])('rel=self that differs by %s means nothing', (_, selfUrl) => {
    const life = new FeedLife();
    life.poll({ parsed: { selfUrl } });
    expect(life.told).toEqual([]);
  });

  test('rel=self that names a URL of the chain means nothing', () => {
    const life = new FeedLife();
    const chain = {
      hops: hops(`302 ${feedUrl}`, '302 https://cdn.example/1'),
      url: 'https://edge.example/2',
    };
    for (const selfUrl of ['https://cdn.example/feed', 'https://edge.example/feed']) {
      life.poll({ ...chain, parsed: { selfUrl } }, hour);
    }
    expect(life.told).toEqual([]);
  });

  test('rel=self that still names the configured URL after a move means nothing', () => {
    const life = new FeedLife().polls(3, { hops: hops(`301 ${feedUrl}`), url: claim }, 4 * day);
    life.poll({ url: claim, parsed: { selfUrl: feedUrl } }, hour);
    expect(life.story).toEqual([`moved 301 ${claim}`]);
  });

  test('rel=self that names another mirror each time is told once', () => {
    const life = new FeedLife();
    for (const name of ['a', 'b', 'a', 'c'])
      life.poll({ parsed: { selfUrl: `https://${name}.example/` } }, hour);
    expect(life.story).toEqual(['moved rel=self https://a.example/']);
  });

  test('itunes:new-feed-url is told again when it names another address', () => {
    const life = new FeedLife();
    for (const newFeedUrl of [claim, claim, 'https://third.example/'])
      life.poll({ parsed: { newFeedUrl } }, hour);
    expect(life.story).toEqual([
      `moved itunes:new-feed-url ${claim}`,
      'moved itunes:new-feed-url https://third.example/',
    ]);
  });

  test('what is told can be asked: without password and fragment', () => {
    const life = new FeedLife();
    life.poll({ parsed: { newFeedUrl: 'https://me:p@new.example/feed#top' } });
    expect(life.told).toMatchObject([{ to: claim }]);
  });

  test('itunes:new-feed-url that names where the feed is means nothing', () => {
    const life = new FeedLife('https://EXAMPLE.org/feed');
    life.poll({ hops: hops(`302 ${feedUrl}`), url: claim, parsed: { newFeedUrl: claim } });
    life.poll({ parsed: { newFeedUrl: feedUrl } }, hour);
    expect(life.told).toEqual([]);
  });
});
