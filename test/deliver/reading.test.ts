// The table of answers: what each says by its status, and what services say in their own words.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Format, formats } from '../../src/config/formats.ts';
import { type Meaning, meaningOfStatus } from '../../src/deliver/meaning.ts';
import { readAnswer } from '../../src/deliver/reading.ts';
import type { Answered, Unanswered } from '../../src/deliver/send.ts';
import type { Code } from '../../src/errors.ts';

const now = Date.parse('2026-11-20T09:00:00Z');

function answer(status: number, text = '', headers: Record<string, string> = {}): Answered {
  return { kind: 'answered', status, text, headers, phases: {} };
}

const json = (value: unknown) => JSON.stringify(value);

describe('WEBHOOKS §5: what a status means', () => {
  const rows: readonly (readonly [Meaning, readonly number[]])[] = [
    ['delivered', [200, 201, 202, 204, 206, 299]],
    ['redirected', [300, 301, 302, 303, 304, 307, 308, 399]],
    ['poison', [400, 413, 415, 422]],
    ['denied', [401, 403, 407]],
    ['refused', [402, 404, 405, 406, 409, 411, 414, 418, 451, 499]],
    ['gone', [410]],
    ['busy', [408, 425, 500, 501, 505, 507, 508, 511, 599, 600, 999]],
    ['slow', [429, 502, 503, 504]],
  ];

  test.each(rows.flatMap(([meaning, statuses]) => statuses.map((status) => [status, meaning] as const)))(
    '%d is %s, in every format but where its service says otherwise',
    (status, meaning) => {
      expect(meaningOfStatus(status)).toBe(meaning);
      for (const format of formats) {
        const text = format === 'telegram' && status <= 299 ? '{"ok":true}' : '';
        expect([format, readAnswer(format, answer(status, text), now).meaning]).toEqual([format, meaning]);
      }
    },
  );
});

describe('what is told of an answer', () => {
  test('a success has neither code nor message nor wait', () => {
    const sent = answer(200, '', { 'retry-after': '5' });
    expect(readAnswer('standard', sent, now)).toEqual({ meaning: 'delivered' });
  });

  test('a failure names its status', () => {
    expect(readAnswer('standard', answer(404), now)).toEqual({
      meaning: 'refused',
      code: 'http-404',
      message: 'the receiver answered 404',
    });
  });

  test('a redirect names the origin that it points to, never the path or what stands before the host', () => {
    const location = 'https://user:pw@elsewhere.example:8443/hooks/s3cr3t?token=s3cr3t#s3cr3t';
    const { message } = readAnswer('standard', answer(301, '', { location }), now);
    expect(message).toBe(
      'the receiver answered 301 and points to https://elsewhere.example:8443; redirects are not followed',
    );
  });

  test.each([
    '/relative',
    'not a url',
    '',
    'mailto:me@s3cr3t.example',
    'http://',
    `http://${'a.'.repeat(7_000)}example/`,
  ])('a redirect to "%.40s" names none', (location) => {
    const { message } = readAnswer('standard', answer(302, '', { location }), now);
    expect(message).toBe('the receiver answered 302');
  });

  test('the wait that a failure asks for', () => {
    const sent = answer(503, '', { 'retry-after': '120' });
    expect(readAnswer('standard', sent, now)).toMatchObject({ meaning: 'slow', waitMs: 120_000 });
  });

  test('what is left of the rate, of a success too', () => {
    const sent = answer(200, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' });
    expect(readAnswer('standard', sent, now)).toEqual({
      meaning: 'delivered',
      limit: { remaining: 0, resetMs: 9_000 },
    });
  });

  test('what a handshake allows counts where it is tighter', () => {
    const sent = {
      ...answer(200, '', { ratelimit: '"a";r=5;t=1' }),
      allowance: { remaining: 3, resetMs: 7 },
    };
    expect(readAnswer('cloudevents', sent, now).limit).toEqual({ remaining: 3, resetMs: 7 });
  });

  test('410 disables the endpoint', () => {
    expect(readAnswer('standard', answer(410), now)).toMatchObject({ meaning: 'gone', disables: 'http-410' });
  });
});

describe('no answer', () => {
  test.each<[Code, Meaning]>([
    ['blocked-address', 'blocked'],
    ['handshake-refused', 'denied'],
    ['dns-not-found', 'unreachable'],
    ['connect-reset', 'unreachable'],
    ['tls-expired', 'unreachable'],
    ['timeout', 'unreachable'],
    ['output-closed', 'unreachable'],
  ])('%s is %s', (code, meaning) => {
    const sent: Unanswered = { kind: 'unanswered', code, message: 'why', phases: {} };
    expect(readAnswer('standard', sent, now)).toEqual({ meaning, code, message: 'why' });
  });

  test('a printed line is delivered', () => {
    expect(readAnswer('standard', { kind: 'printed' }, now)).toEqual({ meaning: 'delivered' });
  });
});

interface Row {
  readonly name: string;
  readonly format: Format;
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
  readonly reading: object;
}

const telegram = (description: string, parameters?: object, code = 400) =>
  json({ ok: false, error_code: code, description, ...(parameters && { parameters }) });

const rows: readonly Row[] = [
  {
    name: 'ok',
    format: 'telegram',
    status: 200,
    text: '{"ok":true,"result":{}}',
    reading: { meaning: 'delivered' },
  },
  {
    name: 'a 200 that is none',
    format: 'telegram',
    status: 200,
    text: telegram('Bad Request'),
    reading: { meaning: 'poison', code: 'http-400' },
  },
  {
    name: 'a 200 of something in between',
    format: 'telegram',
    status: 200,
    text: '<html>',
    reading: { meaning: 'busy', code: 'http-200', message: 'the receiver answered 200 (without "ok": true)' },
  },
  {
    name: 'flood control',
    format: 'telegram',
    status: 429,
    text: telegram('Too Many Requests: retry after 8', { retry_after: 8 }, 429),
    reading: { meaning: 'slow', waitMs: 8_000 },
  },
  {
    name: 'the group has become a supergroup',
    format: 'telegram',
    status: 400,
    text: telegram('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: -1001234567890 }),
    reading: { meaning: 'busy', movedTo: '-1001234567890' },
  },
  {
    name: 'markup that cannot be read',
    format: 'telegram',
    status: 400,
    text: telegram("Bad Request: can't parse entities: Unsupported start tag"),
    reading: { meaning: 'poison' },
  },
  {
    name: 'no such chat',
    format: 'telegram',
    status: 400,
    text: telegram('Bad Request: chat not found'),
    reading: { meaning: 'refused' },
  },
  {
    name: 'thrown out',
    format: 'telegram',
    status: 403,
    text: telegram('Forbidden: bot was blocked by the user', undefined, 403),
    reading: { meaning: 'denied' },
  },
  { name: 'accepted', format: 'teams', status: 202, text: '', reading: { meaning: 'delivered' } },
  {
    name: 'the 1 of old connectors',
    format: 'teams',
    status: 200,
    text: '1',
    reading: { meaning: 'delivered' },
  },
  {
    name: 'a 429 within a 200',
    format: 'teams',
    status: 200,
    text: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0',
    reading: {
      meaning: 'slow',
      code: 'http-429',
      message: 'the receiver answered 200 (HTTP error 429 within)',
    },
  },
  {
    name: 'a 413 within a 200',
    format: 'teams',
    status: 200,
    text: 'Microsoft Teams endpoint returned HTTP error 413 with ContextId',
    reading: { meaning: 'poison', code: 'http-413' },
  },
  {
    name: 'such a text elsewhere',
    format: 'standard',
    status: 200,
    text: 'HTTP error 429',
    reading: { meaning: 'delivered' },
  },
  {
    name: 'a deleted webhook',
    format: 'discord',
    status: 404,
    text: '{"message": "Unknown Webhook", "code": 10015}',
    reading: { meaning: 'refused', disables: 'http-404' },
  },
  {
    name: 'too many requests',
    format: 'discord',
    status: 429,
    text: '{"message":"You are being rate limited.","retry_after":64.57,"global":false}',
    headers: { 'retry-after': '64', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '64.57' },
    reading: { meaning: 'slow', waitMs: 64_570, limit: { remaining: 0, resetMs: 64_570 } },
  },
  {
    name: 'a wrong token',
    format: 'discord',
    status: 401,
    text: '{"message":"Invalid Webhook Token","code":50027}',
    reading: { meaning: 'denied' },
  },
  {
    name: 'a webhook that was removed',
    format: 'slack',
    status: 404,
    text: 'no_service',
    reading: {
      meaning: 'refused',
      disables: 'no_service',
      message: 'the receiver answered 404 (no_service)',
    },
  },
  {
    name: 'no channel',
    format: 'slack',
    status: 404,
    text: 'channel_not_found',
    reading: { meaning: 'refused' },
  },
  {
    name: 'an archived channel',
    format: 'slack',
    status: 410,
    text: 'channel_is_archived',
    reading: {
      meaning: 'gone',
      disables: 'http-410',
      message: 'the receiver answered 410 (channel_is_archived)',
    },
  },
  {
    name: 'not allowed',
    format: 'slack',
    status: 403,
    text: 'action_prohibited',
    reading: { meaning: 'denied' },
  },
  {
    name: 'no such user',
    format: 'slack',
    status: 400,
    text: 'user_not_found',
    reading: { meaning: 'refused' },
  },
  {
    name: 'a bad payload',
    format: 'slack',
    status: 400,
    text: 'invalid_payload',
    reading: { meaning: 'poison' },
  },
  {
    name: 'another 404',
    format: 'slack',
    status: 404,
    text: 'no_service here',
    reading: { meaning: 'refused' },
  },
  {
    name: 'too fast',
    format: 'matrix',
    status: 429,
    text: json({ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2_500 }),
    reading: { meaning: 'slow', waitMs: 2_500 },
  },
  {
    name: 'an old token',
    format: 'matrix',
    status: 401,
    text: json({ errcode: 'M_UNKNOWN_TOKEN', error: 's3cr3t' }),
    reading: { meaning: 'denied', message: 'the receiver answered 401 (M_UNKNOWN_TOKEN)' },
  },
  {
    name: 'too large, under any status',
    format: 'matrix',
    status: 403,
    text: json({ errcode: 'M_TOO_LARGE' }),
    reading: { meaning: 'poison' },
  },
  {
    name: 'a code of its own',
    format: 'matrix',
    status: 500,
    text: json({ errcode: 'M_X' }),
    reading: { meaning: 'busy' },
  },
  {
    name: 'its error code',
    format: 'ntfy',
    status: 429,
    text: json({ code: 42901, http: 429, error: 'limit reached' }),
    reading: { meaning: 'slow' },
  },
  {
    name: 'a wrong token',
    format: 'gotify',
    status: 401,
    text: '{"errorCode":401}',
    reading: { meaning: 'denied' },
  },
];

describe('in the words of services', () => {
  test.each(rows)('$format: $name', ({ format, status, text, headers, reading }) => {
    expect(readAnswer(format, answer(status, text, headers), now)).toMatchObject(reading);
  });

  const disabling = rows.filter(({ reading }) => 'disables' in reading);
  test.each(rows.filter((row) => !disabling.includes(row)))('$format: $name disables nothing', (row) => {
    const { format, status, text, headers } = row;
    expect(readAnswer(format, answer(status, text, headers), now)).not.toHaveProperty('disables');
  });

  test.each([
    'null',
    '[]',
    '"ok"',
    '7',
    '{"ok":"true"}',
    '{"ok":false,"parameters":null}',
    '{"ok":false,"parameters":{"retry_after":"8"}}',
    '{"ok":false,"parameters":{"retry_after":-8}}',
    '{"ok":false,"parameters":{"retry_after":1e308}}',
    '{"ok":false,"parameters":{"migrate_to_chat_id":1.5}}',
    '{"retry_after":[],"retry_after_ms":{}}',
    '{"__proto__":{"ok":true}}',
    '['.repeat(60_000),
  ])('%.40s is read without a fault, and no wait is longer than a day', (text) => {
    for (const format of formats) {
      for (const status of [200, 400, 404, 429]) {
        const reading = readAnswer(format, answer(status, text), now);
        expect(reading.waitMs ?? 0).toBeLessThanOrEqual(86_400_000);
        expect(reading.movedTo).toBeUndefined();
      }
    }
  });

  test('no text of an answer gets into a reading, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        fc.string(),
        fc.constantFrom(200, 301, 400, 404, 429),
        (format, text, status) => {
          const said = JSON.stringify({
            error: `planted${text}`,
            description: `planted${text}`,
            errcode: `planted${text}`,
          });
          expect(JSON.stringify(readAnswer(format, answer(status, said), now))).not.toContain('planted');
        },
      ),
    );
  });
});
