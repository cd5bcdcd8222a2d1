import { describe, expect, test } from '@jest/globals';
import { faultsOf, oneFeed, read } from './reading.ts';

const endpointWith = (more: string) => `${oneFeed}endpoints: [{ id: app, url: https://a.example/, ${more} }]`;
const feedWith = (more: string) => `feeds: [{ id: a, url: https://a.example/, ${more} }]`;

describe('the floor of intervals', () => {
  test.each([
    ['of a feed', feedWith('interval: 4m59s'), 'feeds[0].interval', '4m59s'],
    ['of the defaults', `${oneFeed}defaults: { interval: 1s }`, 'defaults.interval', '1s'],
  ])('an interval %s below it is refused with the line to add', (_, text, path, interval) => {
    expect(faultsOf(text)).toEqual([
      expect.stringContaining(
        `${path}: shorter than the shortest interval, 5m; to poll a server of your own this often, add the line "limits: { minInterval: ${interval} }"`,
      ),
    ]);
  });

  test("an interval at the floor is taken, also a floor of one's own", () => {
    expect(read(feedWith('interval: 5m')).feeds[0]?.intervalMs).toBe(300_000);
    expect(read(`${feedWith('interval: 1s')}\nlimits: { minInterval: 1s }`).feeds[0]?.intervalMs).toBe(1000);
  });

  test('the line to add makes the file valid', () => {
    const text = feedWith('interval: 2s');
    const line = /add the line "(.*)" /.exec(faultsOf(text).join())?.[1];
    expect(read(`${text}\n${line}`).limits.minIntervalMs).toBe(2000);
  });

  test('a faulty floor is one fault, not also one for each feed', () => {
    expect(faultsOf(`${feedWith('interval: 2s')}\nlimits: { minInterval: 5 }`)).toHaveLength(1);
  });
});

describe('schedules', () => {
  test('`interval` and `schedule` exclude each other', () => {
    expect(faultsOf(feedWith('interval: 1h, schedule: "0 * * * *"'))).toEqual([
      expect.stringContaining('feeds[0].schedule: `interval` and `schedule` exclude each other'),
    ]);
  });

  test('they exclude each other also when one of them is faulty', () => {
    expect(faultsOf(feedWith('interval: 15, schedule: "0 * * * *"'))).toHaveLength(2);
  });

  test('`timezone` without `schedule` is refused', () => {
    expect(faultsOf(feedWith('timezone: UTC'))).toEqual([
      expect.stringContaining('has no effect without `schedule`'),
    ]);
  });

  test.each([['* * * * *'], ['*/20 7-19 * * 1-5'], ['0 0 12 1,15 jan-mar MON'], [' 0  0 * * * ']])(
    '"%s" looks like a cron expression',
    (expression) => {
      expect(read(feedWith(`schedule: "${expression}"`)).feeds[0]?.schedule).toEqual({
        expression,
        timezone: 'UTC',
      });
    },
  );

  test.each([['* * * *'], ['* * * * * * *'], ['@daily'], ['every day at noon!'], ['']])(
    '"%s" does not',
    (expression) => {
      expect(faultsOf(feedWith(`schedule: "${expression}"`))).toEqual([
        expect.stringContaining('expected 5 cron fields'),
      ]);
    },
  );

  test.each([
    ['UTC'],
    ['Europe/Berlin'],
    ['America/Argentina/Buenos_Aires'],
    ['Asia/Kolkata'],
    ['US/Eastern'],
  ])('%s is a time zone', (zone) => {
    expect(read(feedWith(`schedule: "* * * * *", timezone: ${zone}`)).feeds[0]?.schedule?.timezone).toBe(
      zone,
    );
  });

  test.each([
    ['a slip', 'Europe/Berln', 'did you mean "Europe/Berlin"?'],
    ['an offset', '"+01:00"', 'expected an IANA time zone'],
    ['nothing known', 'Mars/Olympus', 'expected an IANA time zone'],
  ])('%s is not', (_, zone, message) => {
    expect(faultsOf(feedWith(`schedule: "* * * * *", timezone: ${zone}`))).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

describe('ids', () => {
  test.each([['a'], ['A'], ['0'], ['node-releases_v2.x'], ['a'.repeat(64)]])('%s is one', (id) => {
    expect(read(`feeds: [{ id: "${id}", url: https://a.example/ }]`).feeds[0]?.id).toBe(id);
  });

  test.each([['""'], ['-a'], ['.a'], ['a b'], ['a/b'], ['a:b'], ['ä'], ['a'.repeat(65)]])(
    '%s is none',
    (id) => {
      expect(faultsOf(`feeds: [{ id: ${id}, url: https://a.example/ }]`)).toEqual([
        expect.stringContaining('an id has 1 to 64 letters'),
      ]);
    },
  );

  test('two endpoints of one id are refused, upper and lower case being the same', () => {
    const text = `${oneFeed}endpoints: [{ id: app, url: https://a.example/ }, { id: APP, url: https://b.example/ }]`;
    expect(faultsOf(text)).toEqual([
      '2:51 endpoints[1]: endpoints[0] has the id APP too; give each endpoint an id of its own',
    ]);
  });

  test('one URL twice without ids is two feeds of one id', () => {
    expect(faultsOf('feeds: [https://a.example/, https://a.example/]')).toEqual([
      expect.stringContaining('give each feed an id of its own'),
    ]);
  });

  test.each([['stdout'], ['STDOUT']])('%s is reserved and cannot name an endpoint', (id) => {
    expect(faultsOf(`${oneFeed}endpoints: [{ id: ${id}, url: https://a.example/ }]`)).toEqual([
      expect.stringContaining('is reserved'),
    ]);
  });

  test('a feed can only name endpoints that exist', () => {
    const text =
      'feeds: [{ url: https://a.example/, endpoints: [my-ap, chat] }]\nendpoints: [{ id: my-app, url: https://b.example/ }]';
    expect(faultsOf(text)).toEqual([
      expect.stringContaining(
        'feeds[0].endpoints[0]: no endpoint has this id; did you mean "my-app"? (found my-ap)',
      ),
      expect.stringContaining(
        'feeds[0].endpoints[1]: no endpoint has this id; known are my-app (found chat)',
      ),
    ]);
  });

  test('an endpoint with a fault of its own still exists', () => {
    const text = 'feeds: [{ url: https://a.example/, endpoints: [app] }]\nendpoints: [{ id: app, url: x }]';
    expect(faultsOf(text)).toEqual([expect.stringContaining('endpoints[0].url')]);
  });
});

describe('URLs', () => {
  test.each([
    ['a path', '/feed.xml', 'expected an absolute URL'],
    ['another scheme', 'ftp://a.example/', 'expected an absolute URL'],
    ['a script', '"javascript:alert(1)"', 'expected an absolute URL'],
    ['no host', '"https://"', 'expected an absolute URL'],
    ['a space', '"https://a.example/a b"', 'no spaces or control characters'],
    ['a line break', '"https://a.example/\\r\\nHost: evil"', 'no spaces or control characters'],
    ['a user name', 'https://me@a.example/', 'must not hold a user name or password'],
    ['a password', 'https://me:pw@a.example/', 'must not hold a user name or password'],
    ['a fragment', '"https://a.example/#top"', 'must not hold a fragment'],
    ['an empty fragment', '"https://a.example/#"', 'must not hold a fragment'],
  ])('%s is refused, for a feed and for an endpoint', (_, url, message) => {
    expect(faultsOf(`feeds: [${url}]`)).toEqual([expect.stringContaining(message)]);
    expect(faultsOf(`feeds: [{ url: ${url} }]`)).toEqual([expect.stringContaining(message)]);
    expect(faultsOf(`${oneFeed}endpoints: [{ id: app, url: ${url} }]`)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test('a URL is kept byte for byte', () => {
    const url = 'HTTPS://A.example:443/%7efeed/../x?b=2&a=1';
    expect(read(`feeds: ["${url}"]`).feeds[0]?.url).toBe(url);
  });
});

describe('headers', () => {
  test.each([
    ['CR and LF', '"a\\r\\nX-Evil: 1"', 'a header value has no line breaks'],
    ['LF', '"a\\nb"', 'a header value has no line breaks'],
    ['NUL', '"a\\0b"', 'a header value has no line breaks'],
    ['a character beyond Latin-1', '"€"', 'beyond Latin-1'],
    ['nothing', '""', 'a header needs a value'],
    ['a number', '5', 'expected a text; put it in quotes'],
  ])('a value with %s is refused', (_, value, message) => {
    expect(faultsOf(feedWith(`headers: { X-Key: ${value} }`))).toEqual([expect.stringContaining(message)]);
    expect(faultsOf(endpointWith(`headers: { X-Key: ${value} }`))).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test('a value may hold Latin-1 and tabs', () => {
    expect(read(feedWith('headers: { X-Key: "a\\té" }')).feeds[0]?.headers).toEqual({ 'X-Key': 'a\té' });
  });

  test.each([['"x y"'], ['"x:"'], ['""'], ['"ä"'], ['"a\\n"']])('the name %s is refused', (name) => {
    expect(faultsOf(feedWith(`headers: { ${name}: v }`))).toEqual([
      expect.stringContaining('a header name has only'),
    ]);
  });

  test.each([
    ['webhook-id'],
    ['Webhook-Signature'],
    ['webhook-anything'],
    ['feedhook-event'],
    ['Content-Type'],
    ['Content-Length'],
    ['Host'],
    ['Connection'],
    ['Transfer-Encoding'],
  ])('an endpoint cannot replace %s', (name) => {
    expect(faultsOf(endpointWith(`headers: { ${name}: v }`))).toEqual([
      expect.stringContaining('is set by feedhook'),
    ]);
  });

  test.each([
    ['host'],
    ['connection'],
    ['content-length'],
    ['Cookie'],
    ['Referer'],
    ['A-IM'],
    ['Cache-Control'],
    ['Pragma'],
    ['If-None-Match'],
    ['If-Modified-Since'],
    ['Accept-Encoding'],
    ['Range'],
  ])('a feed cannot set %s', (name) => {
    expect(faultsOf(feedWith(`headers: { ${name}: v }`))).toEqual([
      expect.stringContaining('is set by feedhook'),
    ]);
  });

  test('an endpoint and a feed may set User-Agent and Authorization', () => {
    const headers = { 'User-Agent': 'me', authorization: 'Bearer x' };
    const text = JSON.stringify(headers);
    expect(read(endpointWith(`headers: ${text}`)).endpoints[0]?.headers).toEqual(headers);
    expect(read(feedWith(`headers: ${text}`)).feeds[0]?.headers).toEqual(headers);
  });

  test('a header twice, in whatever case, is refused', () => {
    expect(faultsOf(feedWith('headers: { X-Key: a, x-key: b }'))).toEqual([
      expect.stringContaining('given twice'),
    ]);
  });
});

describe('the network', () => {
  const allow = (target: string) => `${oneFeed}network: { feeds: { allow: ["${target}"] } }`;

  test.each([
    ['loopback'],
    ['link-local'],
    ['10.0.0.0/8'],
    ['0.0.0.0/0'],
    ['fd00::/8'],
    ['::1'],
    ['169.254.169.254'],
    ['nas'],
    ['git.example.org'],
  ])('%s can be allowed', (target) => {
    expect(read(allow(target)).network.feeds.allow).toEqual([target]);
  });

  test.each([
    [''],
    ['10.0.0.0/33'],
    ['fd00::/129'],
    ['10.0.0.0/'],
    ['10.0.0/8'],
    ['a/8'],
    ['1.2.3'],
    ['bad host'],
    ['https://a.example/'],
    ['*.example.org'],
    ['10.0.0.0/8/8'],
  ])('"%s" cannot', (target) => {
    expect(faultsOf(allow(target))).toEqual([expect.stringContaining('a CIDR such as 10.0.0.0/8')]);
  });

  test.each([['example.org'], ['localhost:8080'], ['[::1]:8080'], ['127.0.0.1'], ['xn--e1afmkfd.xn--p1ai']])(
    '%s is an origin',
    (name) => {
      expect([...read(`${oneFeed}origins: { "${name}": { gap: 1s } }`).origins]).toEqual([
        [name, { gapMs: 1000 }],
      ]);
    },
  );

  test.each([
    ['Example.org'],
    ['https://example.org'],
    ['example.org/'],
    ['example.org:443'],
    ['example.org:80'],
    [''],
    ['пример.рф'],
    ['me@example.org'],
  ])('"%s" is not, since no URL prints its host so', (name) => {
    expect(faultsOf(`${oneFeed}origins: { "${name}": { gap: 1s } }`)).toEqual([
      expect.stringContaining('expected host or host:port in lower case'),
    ]);
  });
});

describe('the status server', () => {
  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['127.8.9.1:1', { host: '127.8.9.1', port: 1 }],
  ])('may listen on %s', (listen, expected) => {
    expect(read(`${oneFeed}server: { listen: "${listen}" }`).server).toEqual(expected);
  });

  test.each([
    ['0.0.0.0:9464'],
    ['[::]:9464'],
    ['192.168.1.5:9464'],
    ['example.org:9464'],
    ['127.example.org:1'],
  ])('may not listen on %s, which others can reach, without a token (K03)', (listen) => {
    for (const more of ['', ', token: ""']) {
      expect(faultsOf(`${oneFeed}server: { listen: "${listen}"${more} }`)).toEqual([
        expect.stringContaining('so a token has to stand beside it'),
      ]);
    }
    const { server } = read(`${oneFeed}server: { listen: "${listen}", token: ${'a'.repeat(16)} }`);
    expect(server?.tokenDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each(['short', 'fifteen-letters', 'with a space in it', `${'a'.repeat(257)}`])(
    'takes no token like %.20s, and does not print it',
    (token) => {
      const [fault = ''] = faultsOf(`${oneFeed}server: { token: "${token}" }`);
      expect(fault).toContain('expected 16 to 256 letters');
      expect(fault).not.toContain(token);
    },
  );

  test.each([['9464'], [':9464'], ['127.0.0.1'], ['127.0.0.1:65536'], ['::1:9464'], ['of']])(
    '%s is no address',
    (listen) => {
      expect(faultsOf(`${oneFeed}server: { listen: "${listen}" }`)).toEqual([
        expect.stringContaining('expected host:port'),
      ]);
    },
  );
});

describe('the store', () => {
  test('its path starts at the folder of the file', () => {
    const { store } = read(`${oneFeed}store: sqlite:../feeds.db`, { file: '/srv/feedhook/feeds.yaml' });
    expect(store).toEqual({ kind: 'sqlite', path: '/srv/feeds.db' });
  });
});

describe('warnings', () => {
  test('an endpoint without secret is not signed', () => {
    expect(read(endpointWith('concurrency: 1')).warnings).toEqual([
      'feeds.yaml:2:13: endpoints[0]: endpoint app has no secret: its deliveries are not signed',
    ]);
  });

  test('two feeds of one URL', () => {
    expect(
      read('feeds:\n  - { id: a, url: https://a.example }\n  - { id: b, url: https://a.example/ }').warnings,
    ).toEqual([
      'feeds.yaml:3:5: feeds[1]: feed b has the same URL as feed a: it is asked once, and each entry is reported for both',
    ]);
  });

  test.each([
    ['headers', 'headers: { x-api-key: one }', 'headers: { x-api-key: two }'],
    ['credentials', 'auth: { bearer: one }', 'auth: { bearer: two }'],
    ['allowDowngrade', 'allowDowngrade: true', 'allowDowngrade: false'],
  ])('two feeds with one URL and other %s are two requests, and the warning says so', (_name, one, two) => {
    const feed = (id: string, more: string) => `  - { id: ${id}, url: https://a.example, ${more} }\n`;
    expect(read(`feeds:\n${feed('a', one)}${feed('b', two)}`).warnings).toEqual([
      expect.stringContaining('it is asked for each of them'),
    ]);
    expect(read(`feeds:\n${feed('a', one)}${feed('b', one)}`).warnings).toEqual([
      expect.stringContaining('it is asked once'),
    ]);
  });
});
