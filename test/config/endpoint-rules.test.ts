// The rules between the keys of an endpoint: docs/configuration.md, Endpoints.

import { describe, expect, test } from '@jest/globals';
import { formats, traitsOf } from '../../src/config/formats.ts';
import { faultsOf, oneFeed, read } from './reading.ts';

const K1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const urls: Partial<Record<(typeof formats)[number], string>> = {
  telegram: 'https://api.telegram.org/bot12:a-B_c/sendMessage',
  ntfy: 'https://ntfy.example/',
  gotify: 'https://gotify.example/base/message',
  matrix: 'https://matrix.example/',
};
const recipients: Partial<Record<(typeof formats)[number], string>> = {
  telegram: '"@news"',
  ntfy: 'news',
  matrix: '"!room:matrix.example"',
};
const endpoint = (format: (typeof formats)[number], more = '') => {
  const to = recipients[format] && !/\bto:/.test(more) ? `, to: ${recipients[format]}` : '';
  const template = format === 'template' && !/\btemplate:/.test(more) ? ', template: { a: b }' : '';
  const url = /\burl:/.test(more) ? '' : `, url: "${urls[format] ?? 'https://a.example/hook'}"`;
  const rest = more === '' ? '' : `, ${more}`;
  return `${oneFeed}endpoints:\n  - { id: app, format: ${format}${url}${to}${template}${rest} }\n`;
};

test.each(formats)('%s takes what it needs and no more, and every default', (format) => {
  expect(read(endpoint(format)).endpoints[0]).toMatchObject({
    format,
    maxBytes: traitsOf[format].maxBytes,
    ordering: traitsOf[format].isChat ? 'feed' : 'none',
    concurrency: traitsOf[format].isChat ? 1 : 4,
    content: traitsOf[format].isChat ? 'summary' : 'both',
  });
});

describe('faults, each with its key and what to do', () => {
  test.each([
    [
      'slack',
      `secret: ${K1}`,
      'secret: slack knows its senders by URL or token and verifies no signature; remove it',
    ],
    ['standard', 'rate: { requests: 5 }', 'rate.per: is required: a span of time such as'],
    ['ntfy', 'signatures: { github: x }', 'signatures: ntfy knows its senders'],
    ['discord', 'template: { a: b }', 'template: discord has a form of its own; write `format: template`'],
    ['standard', 'template: { a: b }', 'template: standard has a form of its own'],
    ['slack', 'to: "#x"', 'to: slack has no recipient beside its `url`; `to` is for telegram, ntfy, matrix'],
    ['standard', 'to: x', 'to: standard has no recipient'],
    ['matrix', 'to: "#news:matrix.example"', 'to: expected the id of the room, which begins with "!"'],
    [
      'telegram',
      'url: https://api.telegram.org/bot12:x',
      'url: expected https://api.telegram.org/bot<token>/sendMessage',
    ],
    ['ntfy', 'url: https://ntfy.sh/news', 'url: expected the address of the server alone'],
    ['gotify', 'url: https://gotify.example/', 'url: expected the address of the server and /message'],
    [
      'matrix',
      'url: https://m.example/_matrix/client/v3',
      'url: expected the address of the homeserver alone',
    ],
    [
      'standard',
      'sender: { name: x }',
      'sender: standard shows no sender of ours; `sender` is for slack, discord, mattermost',
    ],
    ['teams', 'sender: { icon: "https://a.example/i.png" }', 'sender: teams shows no sender'],
    ['slack', 'priority: 3', 'priority: slack has no priorities; `priority` is for ntfy, gotify'],
    ['ntfy', 'priority: 6', 'priority: ntfy has priorities from 1 to 5'],
    ['standard', 'handshake: true', 'handshake: only `format: cloudevents` asks for consent'],
    [
      'jsonfeed',
      'events: [entry.new, feed.error]',
      'events[1]: jsonfeed can tell of entries alone; send feed.error to',
    ],
    ['form', 'events: [endpoint.disabled]', 'events[0]: form can tell of entries alone'],
    ['standard', 'maxBytes: 65KiB', 'maxBytes: standard has requests of at most 65536 bytes'],
    ['teams', 'maxBytes: 15KB', 'maxBytes: teams has requests of at most 14000 bytes'],
    [
      'standard',
      'batch: { count: 2 }',
      'batch: a request of standard carries one event; `batch` is for jsonfeed, atom,',
    ],
    ['discord', 'batch: { count: 11 }', 'batch.count: a request of discord carries at most 10 events'],
    [
      'atom',
      'batch: { count: 2, within: 1m }, digest: "0 9 * * *"',
      'batch.within: `within` and `digest` exclude each other',
    ],
    [
      'slack',
      'quiet: { from: "0 22 * * *", until: " 0  22 * * * " }',
      'quiet.until: the quiet hours begin and end at the same time',
    ],
    ['slack', 'timezone: Europe/Berlin', 'timezone: `timezone` has no effect without `digest` or `quiet`'],
    ['standard', 'auth: { }', 'auth: expected either `basic` or `bearer`'],
    [
      'standard',
      'auth: { bearer: x, basic: { user: a, password: b } }',
      'auth: expected either `basic` or `bearer`',
    ],
    [
      'standard',
      'auth: { bearer: x }, headers: { Authorization: y }',
      'auth: `auth` and the header `authorization` exclude',
    ],
  ] as const)('%s with %s', (format, more, fault) => {
    expect(faultsOf(endpoint(format, more))).toEqual([expect.stringContaining(`endpoints[0].${fault}`)]);
  });

  test.each([
    ['telegram', 'telegram needs `to`: the chat'],
    ['ntfy', 'ntfy needs `to`: the topic'],
    ['matrix', 'matrix needs `to`: the id of the room'],
    ['template', '`format: template` needs a `template`'],
  ] as const)('%s without what it needs', (format, fault) => {
    const text = `${oneFeed}endpoints:\n  - { id: app, format: ${format}, url: "${urls[format] ?? 'https://a.example/'}" }`;
    expect(faultsOf(text)).toEqual([expect.stringMatching(/^3:5 endpoints\[0\]: /)]);
    expect(faultsOf(text).join()).toContain(fault);
  });

  test('all of one endpoint come at once, in the order of the file', () => {
    const text = `${oneFeed}endpoints:
  - id: app
    format: slack
    url: https://a.example/
    secret: ${K1}
    to: general
    priority: 2
    timezone: UTC
`;
    expect(faultsOf(text).map((fault) => fault.split(': ')[0])).toEqual([
      '6:13 endpoints[0].secret',
      '7:9 endpoints[0].to',
      '8:15 endpoints[0].priority',
      '9:15 endpoints[0].timezone',
    ]);
  });
});

describe('what works together', () => {
  test.each([
    ['slack', 'ordering: none, batch: { count: 20 }'],
    ['slack', 'ordering: feed, concurrency: 10'],
    ['atom', 'digest: "0 9 * * *", batch: { count: 3 }, timezone: Europe/Berlin'],
    ['standard', 'digest: "0 9 * * *"'],
    ['standard', 'events: [feed.error, endpoint.disabled], maxBytes: 1KiB'],
    ['cloudevents', 'handshake: true'],
    ['gotify', 'priority: 10'],
    ['mattermost', 'sender: { name: Feeds, icon: "https://a.example/i.png" }'],
    ['telegram', 'to: "-100123"'],
    ['telegram', 'url: https://api.telegram.org/bot12:x/test/sendMessage'],
  ] as const)('%s with %s', (format, more) => {
    expect(read(endpoint(format, more)).endpoints).toHaveLength(1);
  });

  test('a batch waits for a minute, and one of a digest for its time', () => {
    const batchOf = (more: string) => read(endpoint('atom', more)).endpoints[0]?.batch;
    expect(batchOf('batch: { count: 5 }')).toEqual({ count: 5, withinMs: 60_000 });
    expect(batchOf('batch: { count: 5, within: 5s }')).toEqual({ count: 5, withinMs: 5000 });
    expect(batchOf('batch: { count: 5 }, digest: "0 9 * * *"')).toEqual({ count: 5 });
    expect(batchOf('digest: "0 9 * * *"')).toEqual({ count: 100 });
    expect(read(endpoint('standard', 'digest: "0 9 * * *"')).endpoints[0]?.batch).toBeUndefined();
  });
});

describe('doubts', () => {
  const warningsOf = (text: string) => read(text).warnings.map((line) => line.replace(/^feeds\.yaml:/, ''));
  const signed = `secret: ${K1}`;

  test.each(formats)('%s without a secret is a doubt unless it is a chat', (format) => {
    const unsigned = warningsOf(endpoint(format)).filter((line) => line.includes('not signed'));
    expect(unsigned).toHaveLength(traitsOf[format].isChat ? 0 : 1);
  });

  test('another signature will do', () => {
    expect(warningsOf(endpoint('atom', 'signatures: { websub: x }'))).toEqual([]);
  });

  test.each([
    ['http://hooks.example.org/x', 1],
    ['http://93.184.216.34/x', 1],
    ['"http://[2606:2800:220:1::1]/x"', 1],
    ['https://hooks.example.org/x', 0],
    ['http://localhost/x', 0],
    ['http://nas/x', 0],
    ['http://nas.local/x', 0],
    ['http://10.1.2.3/x', 0],
    ['http://172.31.0.1/x', 0],
    ['http://100.100.1.2/x', 0],
    ['"http://[fd00::1]/x"', 0],
    ['"http://[::1]/x"', 0],
  ])('credentials for %s', (url, doubts) => {
    const sayings = [
      endpoint('standard', `${signed}, url: ${url}, auth: { bearer: x }`),
      endpoint('standard', `${signed}, url: ${url}, headers: { X-Api-Key: x }`),
      endpoint('slack', `url: ${url}`),
    ].map(warningsOf);
    for (const lines of sayings) {
      expect(
        lines.filter((line) =>
          line.includes('endpoints[0].url: endpoint app sends its credentials over plain http'),
        ),
      ).toHaveLength(doubts);
    }
    expect(warningsOf(endpoint('standard', `${signed}, url: ${url}`))).toEqual([]);
  });

  test.each([
    ['matrix', '', 'write auth: { bearer: … }'],
    ['gotify', '', 'write headers: { x-gotify-key: … }'],
  ] as const)('%s without a token', (format, more, hint) => {
    expect(warningsOf(endpoint(format, more)).join()).toContain(hint);
    expect(warningsOf(endpoint(format, 'auth: { bearer: x }'))).toEqual([]);
  });

  test('a token of gotify may stand in a header or in the URL', () => {
    expect(warningsOf(endpoint('gotify', 'headers: { X-Gotify-Key: x }'))).toEqual([]);
    expect(warningsOf(endpoint('gotify', 'url: "https://g.example/message?token=x"'))).toEqual([]);
  });

  const withFeeds = (feeds: string, more: string) =>
    `feeds: [${feeds}]\nendpoints: [{ id: app, url: https://a.example/, ${signed}, ${more} }]\n`;

  test('a label that no feed has, with the one that was probably meant', () => {
    const feeds = '{ id: a, url: https://a.example/, labels: [releases] }';
    expect(warningsOf(withFeeds(feeds, 'labels: [release]'))).toEqual([
      expect.stringContaining(
        'endpoints[0].labels[0]: no feed has the label "release"; did you mean "releases"?',
      ),
    ]);
    expect(warningsOf(withFeeds(feeds, 'labels: [releases]'))).toEqual([]);
  });

  test('an endpoint that no feed reaches', () => {
    const elsewhere = '{ id: a, url: https://a.example/, labels: [x], endpoints: [other] }';
    const other = `endpoints: [{ id: other, url: https://b.example/, ${signed} }, { id: app, url: https://a.example/, ${signed}`;
    const text = (more: string) => `feeds: [${elsewhere}]\n${other}${more} }]\n`;
    expect(warningsOf(text(''))).toEqual([
      expect.stringContaining('endpoints[1]: no feed reaches endpoint app'),
    ]);
    expect(warningsOf(text(', labels: [x]'))).toEqual([
      expect.stringContaining('no feed reaches endpoint app'),
    ]);
    // It hears of endpoints, which are of no feed.
    expect(warningsOf(text(', events: [endpoint.disabled]'))).toEqual([]);
  });
});

describe('what is secret shows as set', () => {
  test.each([
    ['a look-alike', 'signatures: { github: "s3cr3t\\n" }'],
    ['a token', 'auth: { bearer: "s3cr3t\\n" }'],
    ['a password', 'auth: { basic: { user: a, password: "s3cr3t\\n" } }'],
    ['a topic', 'to: "s3cr3t x"'],
    ['a key', 'key: s3cr3t'],
  ])('%s', (_, more) => {
    const faults = faultsOf(endpoint('standard', more)).join();
    expect(faults).toContain('(found set)');
    expect(faults).not.toContain('s3cr3t');
  });

  test.each([['auth.bearer'], ['auth.basic.password'], ['signatures.websub']])('%s may be a file', (key) => {
    const [one = '', two, three] = key.split('.');
    const value = three ? `{ ${two}: { user: a, ${three}: file:/s } }` : `{ ${two}: file:/s }`;
    const readSecretFile = () => ({ text: 'from-file', isWorldReadable: false });
    const { auth, lookAlikes } =
      read(endpoint('standard', `${one}: ${value}`), { readSecretFile }).endpoints[0] ?? {};
    const secret = auth?.kind === 'bearer' ? auth.token : (auth?.password ?? lookAlikes?.[0]?.secret);
    expect(secret?.reveal()).toBe('from-file');
  });
});

describe('filters in feeds.yaml', () => {
  test('every fault has line, column and key, of endpoints and of feeds', () => {
    const text = `feeds:
  - url: https://a.example/
    filter: { title: { matches: "a(?=b)" } }
endpoints:
  - id: app
    url: https://a.example/
    filter:
      titel: x
      any:
        - age: { under: 7 }
`;
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(
        /^3:33 feeds\[0\]\.filter\.title\.matches: RE2 has no look-around.*\(found "a\(\?=b\)"\)$/,
      ),
      '8:7 endpoints[0].filter.titel: unknown condition; did you mean "title"?',
      expect.stringMatching(/^10:25 endpoints\[0\]\.filter\.any\[0\]\.age\.under: a number without a unit/),
    ]);
  });

  test('the deepest one that is allowed is not too deep for the reader of the file', () => {
    let filter = '{ title: { contains: [x] } }';
    for (let level = 1; level < 10; level++) filter = `{ all: [${filter}] }`;
    expect(read(endpoint('standard', `secret: ${K1}, filter: ${filter}`)).endpoints[0]?.filter).toBeDefined();
    expect(faultsOf(endpoint('standard', `filter: { all: [${filter}] }`)).join()).toContain(
      'at most 10 deep',
    );
  });

  test.each([['__proto__'], ['constructor'], ['toString']])(
    'H02 %s is no condition, and no key of a template that reaches further',
    (key) => {
      expect(faultsOf(endpoint('standard', `filter: { ${key}: { polluted: true } }`)).join()).toMatch(
        /unknown (key|condition)/,
      );
      expect(faultsOf(endpoint('standard', `filter: { title: { ${key}: x } }`)).join()).toMatch(
        /unknown (key|condition)/,
      );
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test('H02 __proto__ in a template is a fault', () => {
    expect(faultsOf(endpoint('template', 'template: { a: { __proto__: { polluted: true } } }'))).toEqual([
      expect.stringContaining('endpoints[0].template.a.__proto__: unknown key'),
    ]);
    expect({}).not.toHaveProperty('polluted');
  });

  test('a key without a value is no condition that always holds', () => {
    expect(faultsOf(endpoint('standard', 'filter: { title: }'))).toEqual([
      expect.stringContaining('endpoints[0].filter.title: expected a text'),
    ]);
  });
});
