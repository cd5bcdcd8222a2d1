// https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes, .../#size-limits, .../#user-and-room-mentions

import { htmlComplaints } from './html.ts';
import { type Judge, jsonOf, readableComplaints, refuse } from './judge.ts';

const html = {
  tags: Object.fromEntries(
    'del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th td caption pre span details summary'
      .split(' ')
      .map((name) => [name, name === 'a' ? ['href', 'target'] : []]),
  ),
  schemes: /^https?:\/\//,
  references: ['lt', 'gt', 'amp', 'quot'],
};

/** An event as servers hand it to each other, with what is longest of all that is added. */
const around = {
  type: 'm.room.message',
  room_id: `!${'r'.repeat(254)}`,
  sender: `@${'u'.repeat(254)}`,
  origin_server_ts: 1_800_000_000_000,
  depth: 9_007_199_254_740_991,
  auth_events: Array.from({ length: 10 }, () => `$${'a'.repeat(43)}`),
  prev_events: Array.from({ length: 20 }, () => `$${'p'.repeat(43)}`),
  hashes: { sha256: 'h'.repeat(43) },
  signatures: { ['s'.repeat(230)]: { 'ed25519:key': 'x'.repeat(86) } },
};

export const judgeMatrix: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const { msgtype, body, format, formatted_body: formatted, 'm.mentions': mentions } = json;
  const whole = Buffer.byteLength(JSON.stringify({ ...around, content: json }));
  const isPlain = format === undefined && formatted === undefined;
  return [
    ...complaints,
    ...readableComplaints([String(body), String(formatted ?? '')]),
    ...(typeof formatted === 'string' ? htmlComplaints(formatted, html) : []),
    ...refuse({
      'it is a notice': msgtype === 'm.notice',
      'there is a body': typeof body === 'string' && body.trim() !== '',
      'it is HTML, or plain as a fallback': asked.isFallback
        ? isPlain
        : format === 'org.matrix.custom.html' && typeof formatted === 'string',
      'nobody is mentioned': JSON.stringify(mentions) === '{}',
      [`the event of ${whole} bytes is at most 65536`]: whole <= 65_536,
      'no number has a fraction': !/\d\.\d/.test(JSON.stringify({ ...json, body: '', formatted_body: '' })),
      'it is put into its room under its own id':
        request.method === 'PUT' &&
        (request.path ?? '').startsWith('/_matrix/client/v3/rooms/') &&
        /^[^/?#\s]+\/send\/m\.room\.message\/[^/?#\s]+$/.test((request.path ?? '').slice(25)) &&
        (request.path ?? '').endsWith(`/${asked.requestId}`),
    }),
  ];
};
