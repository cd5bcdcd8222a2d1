// Words for what is not about an entry: a feed that fails or moves, an endpoint that is in trouble, a delivery that was given up,
// a test. Values are taken as they come; message.ts makes them plain.

import type { Payload } from './payload.ts';

export interface Notice {
  readonly title: string;
  /** Lines. */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function noticeOf({ type, data }: Payload, source = 'A feed'): Notice {
  switch (type) {
    case 'feed.error':
      return feedError(source, fields(data.error));
    case 'feed.recovered':
      return {
        title: `${source} works again`,
        text: joined(
          told(data.failures, (count) => `It had failed ${count} times since ${say(data.since)}.`),
          data.missed_window_risk === true && 'Entries that came and went meanwhile may have been missed.',
        ),
      };
    case 'feed.moved':
      return feedMoved(source, data);
    case 'feed.gone':
      return {
        title: `${source} is gone`,
        text: joined(
          told(data.status, (status) => `It has answered ${status} since ${say(data.since)}.`),
          data.polling === 'parked' ? 'It is not polled any more.' : 'It is polled rarely from now on.',
        ),
      };
    case 'feed.identity_churn':
      return {
        title: `${source} changed the ids of its entries`,
        text: joined(
          told(data.matched, (count) => `${count} entries were recognised under new ids.`),
          told(data.withheld, (count) => `${count} are withheld until you release or drop them.`),
        ),
      };
    case 'test.ping':
      return { title: 'Test message from feedhook', text: say(data.message) };
    default:
      return endpointNotice(type, data);
  }
}

function feedError(source: string, error: Fields): Notice {
  return {
    title: `${source} cannot be read`,
    text: joined(
      [say(error.code), say(error.message)].filter((part) => part !== '').join(': '),
      told(error.failures, (count) => `It has failed ${count} times since ${say(error.since)}.`),
      told(error.next_attempt, (at) => `Next attempt: ${at}.`),
    ),
  };
}

/** A query may hold the key of a private feed, and a chat has many readers. */
function feedMoved(source: string, { from, to, adopted }: Fields): Notice {
  const path = `${withoutQuery(say(from))} → ${withoutQuery(say(to))}`;
  return {
    title: adopted === true ? `${source} has moved` : `${source} says that it has moved`,
    text: joined(path, adopted !== true && 'feeds.yaml still decides where it is polled.'),
  };
}

function endpointNotice(type: Payload['type'], data: Payload['data']): Notice {
  const name = say(data.endpoint) || 'An endpoint';
  const facts = [
    [say(data.reason), say(data.code), say(data.message)].filter((part) => part !== '').join(': '),
    told(data.since, (since) => `Since ${since}.`),
    told(data.level, (percent) => `${percent} % of the time after which it is disabled are over.`),
    told(data.kept, (count) => `Deliveries that wait for it: ${count}.`),
    told(data.given_up, (count) => `Deliveries that will not be sent: ${count}.`),
  ];
  if (type === 'delivery.exhausted') {
    return {
      title: `A delivery to ${name} was given up`,
      text: joined(
        told(data.event_id, (id) => `Event: ${id}.`),
        told(data.attempts, (count) => `Attempts: ${count}.`),
        told(data.last_error, (error) => `Last error: ${error}.`),
        ...facts,
      ),
    };
  }
  if (type === 'endpoint.disabled') return { title: `${name} is disabled`, text: joined(...facts) };
  if (type === 'endpoint.warning') return { title: `${name} is in trouble`, text: joined(...facts) };
  return { title: `${type} ${name}`, text: joined(...facts) };
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '?…');
}

function told(value: unknown, sentence: (text: string) => string): string | false {
  const text = say(value);
  return text !== '' && sentence(text);
}

function joined(...lines: readonly (string | false)[]): string {
  return lines.filter((line) => line !== false && line !== '').join('\n');
}

/** Of an object, its code and message: how an error is written in payloads. */
function say(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const { code, message } = fields(value);
  return [code, message].filter((part) => typeof part === 'string').join(': ');
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
