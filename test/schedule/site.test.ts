import { describe, expect, test } from '@jest/globals';
import { siteOf } from '../../src/schedule/site.ts';

describe('the site of a host', () => {
  test.each([
    ['the registrable domain', 'feeds.blog.example.org', 'example.org'],
    ['itself, if it is one', 'example.org', 'example.org'],
    ['under a suffix of two labels', 'www.example.co.uk', 'example.co.uk'],
    ['one user of a hosting on the private list', 'me.github.io', 'me.github.io'],
    ['also below that user', 'www.me.github.io', 'me.github.io'],
    ['all blogs of a publisher that is on no list', 'staff.tumblr.com', 'tumblr.com'],
    ['the same with the dot of the root', 'www.example.org.', 'example.org'],
    ['of an unknown top-level domain its second level', 'a.b.example', 'b.example'],
  ])('is %s: %s', (_rule, hostname, site) => {
    expect(siteOf(hostname)).toBe(site);
  });

  test.each(['localhost', 'intranet', '93.184.216.34', '[2001:4860::1]', 'co.uk', 'github.io'])(
    '%s has none',
    (hostname) => {
      expect(siteOf(hostname)).toBeUndefined();
    },
  );
});
