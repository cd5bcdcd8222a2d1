import { describe, expect, test } from '@jest/globals';
import { errorOf, faultsOf, oneFeed, read } from './reading.ts';

const K1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const endpointWith = (more: string) => `${oneFeed}endpoints: [{ id: app, url: https://a.example/, ${more} }]`;
const feedWith = (more: string) => `feeds: [{ id: a, url: https://a.example/, ${more} }]`;

test('all faults come at once, in the order of the file, each with line, column and key', () => {
  expect(
    faultsOf(`stor: x
defaults:
  interval: 15
limits: { maxRedirects: 21, min_interval: 5m }
endpoints:
  - id: stdout
    url: https://a.example/
feeds:
  - url: ftp://a.example/
    intervall: 1h
  - { id: b, url: https://b.example/, endpoints: [ap] }
  - { id: B, url: https://c.example/ }
`),
  ).toEqual([
    '1:1 stor: unknown key; did you mean "store"?',
    '3:13 defaults.interval: a number without a unit; write 15m for minutes, 15s for seconds (found 15)',
    '4:25 limits.maxRedirects: must be at most 20 (found 21)',
    '4:29 limits.min_interval: unknown key; did you mean "minInterval"?',
    '6:9 endpoints[0].id: the id "stdout" is reserved for the output without endpoints (found stdout)',
    '9:10 feeds[0].url: expected an absolute URL with http:// or https:// (found "ftp://a.example/")',
    '10:5 feeds[0].intervall: unknown key; did you mean "interval"?',
    '11:51 feeds[1].endpoints[0]: no endpoint has this id; known are stdout (found ap)',
    '12:5 feeds[2]: feeds[1] has the id B too; give each feed an id of its own',
  ]);
});

describe('an unknown key', () => {
  test('with no key near it lists what is allowed', () => {
    expect(faultsOf(`${oneFeed}log: { colour: red }`)).toEqual([
      '2:8 log.colour: unknown key; allowed are level',
    ]);
  });

  test('that belongs elsewhere is sent there', () => {
    expect(faultsOf(`${oneFeed}interval: 1h`)).toEqual([
      '2:1 interval: unknown key here; it belongs at defaults.interval or feeds[].interval',
    ]);
  });

  test.each([['__proto__'], ['constructor'], ['prototype'], ['toString'], ['<<']])(
    '%s is one, and prototypes stay clean',
    (key) => {
      const faults = faultsOf(`${oneFeed}${key}: { polluted: true }\nlog: { ${key}: { polluted: true } }\n`);
      expect(faults).toHaveLength(2);
      expect(faults.join()).toContain('unknown key');
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test.each([
    ['a feed', feedWith('__proto__: { a: 1 }')],
    ['headers', feedWith('headers: { __proto__: x }')],
    ['origins', `${oneFeed}origins: { __proto__: { gap: 1s } }`],
  ])('__proto__ is one in %s', (_, text) => {
    expect(faultsOf(text).join()).toMatch(/__proto__: unknown key/);
  });
});

describe('YAML that is not plain', () => {
  test.each([
    ['a bracket left open', 'feeds: [https://a.example/', /not closed/],
    ['a tab as indentation', 'feeds:\n\t- https://a.example/', /tab/],
    ['two keys of one name', `${oneFeed}${oneFeed}`, /^2:1 : the key stands twice/],
    ['two documents', `${oneFeed}---\n${oneFeed}`, /^2:1 : a second document begins/],
    ['a tag that runs code', `${oneFeed}store: !!js/function "x"`, /^2:22 store: a tag/],
    ["a tag of one's own", `${oneFeed}log: !foo { level: info }`, /a tag/],
    ['a tag for bytes', `${oneFeed}store: !!binary aGk=`, /a tag/],
    ['an alias without anchor', `${oneFeed}store: *here`, /^2:8 store: the alias/],
    ['an alias of itself', `${oneFeed}store: &s [*s]`, /more than 100 aliases|nested deeper/],
    ['a list as a key', `${oneFeed}? [a]\n: b`, /a key must be a plain text/],
    ['no key at all', `${oneFeed}? \n: b`, /a key must be a plain text/],
    ['a list', '- a', /expected a mapping of keys/],
    ['a text', 'feeds', /expected a mapping of keys/],
    ['an unknown escape', `${oneFeed}store: "\\q"`, /unknown \\escape/],
    ['20,000 brackets', '['.repeat(20_000), /nested too deeply/],
  ])('%s is a fault in our words', (_, text, message) => {
    expect(faultsOf(text).join('\n')).toMatch(message);
  });

  test('two keys of one name do not hide the other faults', () => {
    expect(faultsOf(`${oneFeed}${oneFeed}stor: x`)).toHaveLength(2);
  });

  test('a syntax fault does not quote the line, which may hold a secret', () => {
    const { message } = errorOf(`endpoints:\n  - secret: "${K1}" ${K1}\n`);
    expect(message).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  });

  test('32 levels are read, 33 are a fault', () => {
    const nested = (levels: number) => `${oneFeed}store: ${'['.repeat(levels - 1)}a${']'.repeat(levels - 1)}`;
    expect(faultsOf(nested(32)).join()).not.toContain('deeper');
    expect(faultsOf(nested(33)).join()).toContain('nested deeper than 32 levels');
  });

  test('100 aliases are followed, the 101st is a fault', () => {
    const labels = (count: number) =>
      `feeds:\n  - { id: a, url: https://a.example/, labels: [&l one] }\n${Array.from(
        { length: count },
        (_, index) => `  - { id: f${index}, url: https://a.example/${index}, labels: [*l] }\n`,
      ).join('')}`;
    expect(read(labels(100)).feeds[100]?.labels).toEqual(['one']);
    expect(faultsOf(labels(101))).toEqual([
      expect.stringContaining('feeds[101].labels[0]: more than 100 aliases (*name) are followed'),
    ]);
  });

  test('an alias bomb is a fault, at once', () => {
    const levels = [...'bcdefghijklm'].map(
      (name, index) => `${name}: [${`*${'abcdefghijklm'[index]},`.repeat(9)}]`,
    );
    const text = `a: &a [x]\n${levels.map((line) => line.replace(/^(.): /, '$1: &$1 ')).join('\n')}`;
    expect(faultsOf(text).filter((fault) => fault.includes('more than 100 aliases'))).toHaveLength(1);
  });
});

describe('what is secret shows as set', () => {
  test.each([
    ['a signing secret', endpointWith(`secret: ${K1}s3cr3t`)],
    ['a signing secret in a list', endpointWith('secret: [s3cr3t]')],
    ['the URL of an endpoint', `${oneFeed}endpoints: [{ id: a, url: "ftp://hooks.example/s3cr3t" }]`],
    ['an endpoint written as a text', `${oneFeed}endpoints: [https://hooks.example/s3cr3t]`],
    ['endpoints written as a text', `${oneFeed}endpoints: https://hooks.example/s3cr3t`],
    ['a header of an endpoint', endpointWith('headers: { X: "s3cr3t\\n" }')],
    ['a header of a feed', feedWith('headers: { X: "s3cr3t\\n" }')],
    ['headers written as a text', feedWith('headers: s3cr3t')],
    ['the store', `${oneFeed}store: redis://me:s3cr3t@redis.example/x`],
    ['a signing secret in the wrong place', `${oneFeed}log: { level: whsec_s3cr3t }`],
  ])('%s', (_, text) => {
    const faults = faultsOf(text);
    expect(faults.join()).toContain('(found set)');
    expect(faults.join()).not.toContain('s3cr3t');
  });

  test.each([
    ['the password of a feed URL', 'feeds: ["https://me:s3cr3t@a.example/"]'],
    ['the query of a feed URL', 'feeds: ["https://a.example/?key=s3cr3t#x"]'],
    ['the query of a feed URL without its scheme', 'feeds: ["a.example/?key=s3cr3t"]'],
    ['the password of a feed URL with one slash', 'feeds: [{ url: "https:/me:s3cr3t@a.example/" }]'],
    ['a header value written into its name', feedWith('headers: { "Authorization:Bearer s3cr3t" }')],
    ['a header value of an endpoint written into its name', endpointWith('headers: { X-Key:s3cr3t }')],
  ])('%s is left out', (_, text) => {
    expect(faultsOf(text).join()).not.toContain('s3cr3t');
  });

  test('a value is shown on one line and cut', () => {
    const [fault] = faultsOf(`${oneFeed}log: { level: "a\\nb${'x'.repeat(100)}" }`);
    expect(fault).toContain('(found "a\\nbxxx');
    expect(fault?.length).toBeLessThan(200);
  });
});

describe('no feeds are a fault', () => {
  test.each([
    ['an empty file', '', '1:1 feeds: is required: a list'],
    ['a comment', '# nothing', '1:1 feeds: is required: a list'],
    ['an empty key', 'feeds:\n', '1:7 feeds: is required: a list'],
    ['an empty list', 'feeds: []', '1:8 feeds: the list must have at least 1 item'],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });
});

describe('values of the wrong kind or out of bounds', () => {
  test.each([
    ['a list in place of a mapping', `${oneFeed}log: []`, 'log: expected a mapping of keys'],
    ['a number in place of a text', `${oneFeed}store: 5`, 'store: expected a text; put it in quotes (found'],
    ['a text in place of a flag', feedWith('documentHints: maybe'), 'expected true or false (found maybe)'],
    [
      'a fraction in place of a number',
      `${oneFeed}limits: { maxTags: 1.5 }`,
      'expected a whole number (found 1.5)',
    ],
    ['a limit of 0', `${oneFeed}limits: { maxEntries: 0 }`, 'must be at least 1 (found 0)'],
    ['a timeout of 0', `${oneFeed}limits: { bodyTimeout: 0 }`, 'must be from 10ms to 10m (found 0)'],
    ['a size of 0', `${oneFeed}limits: { maxBodySize: 0B }`, 'must be from 1B to 1GB (found 0B)'],
    ['an attempt of less than 1s', endpointWith('timeout: 999ms'), 'must be from 1s to 30s (found 999ms)'],
    ['an attempt of more than 30s', endpointWith('timeout: 30s1ms'), 'must be from 1s to 30s (found 30s1ms)'],
    ['no retry at all', endpointWith('retry: []'), 'the list must have at least 1 item'],
    [
      'a first attempt that waits',
      endpointWith('retry: [1s, 2s]'),
      'the first attempt is made at once; begin the list with 0s',
    ],
    ['no event at all', endpointWith('events: []'), 'the list must have at least 1 item'],
    ['no endpoint at all for a feed', feedWith('endpoints: []'), 'the list must have at least 1 item'],
    ['an unknown event', endpointWith('events: [entry.nwe]'), 'did you mean "entry.new"? (found entry.nwe)'],
    ['an unknown format', endpointWith('format: dicsord'), 'did you mean "discord"? (found dicsord)'],
    ['an unknown level', `${oneFeed}log: { level: inf }`, 'did you mean "info"? (found inf)'],
    ['an unknown identity', feedWith('identity: title'), 'expected one of guid, link, hash (found title)'],
    [
      'an unknown scope',
      `${oneFeed}origins: { a.example: { scope: domain } }`,
      'expected one of host, site, feed (found domain)',
    ],
    [
      'an unknown initial',
      feedWith('initial: some'),
      'expected one of none, all, or a whole number (found some)',
    ],
    ['a negative initial', feedWith('initial: -1'), 'must be at least 0 (found -1)'],
    [
      'a feed that is a number',
      'feeds: [5]',
      'feeds[0]: expected a text; put it in quotes, or a mapping of keys (found 5)',
    ],
    ['a feed without URL', 'feeds: [{ id: a }]', 'feeds[0].url: is required: a text'],
    ['a label of spaces', feedWith('labels: [" "]'), 'a label has 1 to 100 characters'],
    [
      'a contact with brackets',
      `${oneFeed}defaults: { contact: "a) evil (" }`,
      'visible ASCII without spaces or brackets',
    ],
    ['an unknown store', `${oneFeed}store: postgres://x`, 'expected sqlite:./path/to/file.db'],
  ])('%s', (_, text, message) => {
    expect(faultsOf(text)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['0', '0'],
    ['-1', '-1'],
    ['not a number', '.nan'],
    ['1e99', '1e99'],
    ['a bare 15', '15'],
    ['beyond ten years', '99999d'],
  ])('an interval of %s is refused', (_, interval) => {
    expect(faultsOf(feedWith(`interval: ${interval}`))).toHaveLength(1);
  });

  test.each([['15m'], ['30d'], ['365d']])('an interval of %s is taken', (interval) => {
    expect(read(feedWith(`interval: ${interval}`)).feeds[0]?.intervalMs).toBeGreaterThan(0);
  });
});
