import { describe, expect, test } from '@jest/globals';
import { renderTemplate, templateFaults } from '../../../src/deliver/render/template.ts';
import { feedEvent } from '../../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from '../../outbox/sample.ts';
import { eventOf, jsonOf, manyEvents, optionsOf, pingEvent, requestOf } from './requests.ts';

type Tree = Readonly<Record<string, unknown>>;

const filled = (template: Tree, event = eventOf()) => jsonOf('template', event, { template });
const said = (text: string, event = eventOf()) => filled({ said: text }, event).said;
const unrenderable = (message: RegExp) =>
  expect.objectContaining({ code: 'event-unrenderable', message: expect.stringMatching(message) });

describe('a string of a template', () => {
  test.each<[string, string, unknown]>([
    ['that is one value keeps its type: a number', '{{ entry._feedhook.sequence }}', 1_042],
    ['a flag', '{{ entry._feedhook.initial }}', false],
    ['a list', '{{ entry.tags }}', ['CVE']],
    ['an object', '{{ feed.labels | first }}', 'security'],
    ['a number that a filter makes', '{{ entry.tags | size }}', 1],
    ['a value behind filters', '{{ entry.title | upcase }}', 'PLAIN TEXT TITLE'],
    ['a default of what is absent', '{{ entry.subtitle | default: "none" }}', 'none'],
    ['around values is a string', '{{ entry._feedhook.sequence }} ', '1042 '],
    ['with two values is a string', '{{ id }}{{ entry.subtitle }}', 'evt_ddlojucljyocbycxwkbxztcgdz'],
    ['with a condition', '{% if entry.tags contains "CVE" %}urgent{% else %}calm{% endif %}', 'urgent'],
    ['with a loop', '{% for tag in entry.tags %}[{{ tag }}]{% endfor %}', '[CVE]'],
    ['with the time zone of the source', '{{ entry.date_published | date: "%H:%M %z" }}', '08:58 +0100'],
    ['without placeholders', '100 % {fixed}', '100 % {fixed}'],
  ])('%s', (_, text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test.each([
    ['a value', '{{ entry.subtitle }}'],
    ['a value in nothing', '{{ entry.a.b.c }}'],
    ['what filters make of nothing', '{{ entry.subtitle | upcase }}'],
    ['a list that filters make of nothing', '{{ entry.subtitle | split: "," }}'],
    ['a number that is none', '{{ entry._feedhook.sequence | divided_by: 0 }}'],
  ])('%s that is absent drops its key, and in a list its item', (_, text) => {
    expect(filled({ gone: text, list: [1, text, 2], deep: { gone: text } })).toEqual({
      list: [1, 2],
      deep: {},
    });
  });

  test('what is no string stays as it is', () => {
    expect(filled({ a: 1, b: null, c: true, d: [], e: {} })).toEqual({
      a: 1,
      b: null,
      c: true,
      d: [],
      e: {},
    });
  });
});

describe('what templates know', () => {
  test('all of the event', () => {
    const names = ['id', 'type', 'timestamp', 'feed', 'entry', 'entries', 'event'];
    const template = Object.fromEntries(names.map((name) => [name, `{{ ${name} }}`]));
    const { id, type, timestamp, data } = JSON.parse(eventOf().body);
    expect(filled(template)).toEqual({
      ...{ id, type, timestamp, feed: data.feed, entry: data.entry },
      ...{ entries: [data.entry], event: data },
    });
  });

  test('what happened to a feed', () => {
    const event = feedEvent(notices['feed.error'], feed, detectedAt);
    const template = { text: '{{ feed.title }}: {{ event.error.code }}', entry: '{{ entry }}' };
    expect(filled(template, event)).toEqual({ text: 'Example security: http-503' });
  });

  test('a test', () => {
    expect(said('{{ event.message }}', pingEvent)).toBe('Hello');
  });

  test('content leaves out what it leaves out', () => {
    const template = { html: '{{ entry.content_html }}', text: '{{ entry.content_text }}' };
    expect(jsonOf('template', eventOf(), { template, content: 'text' })).toEqual({ text: 'Sanitised HTML' });
  });

  test('the only now is that of the event, so that a retry has the same bytes', () => {
    expect(said('{{ "now" | date: "%Y-%m-%dT%H:%M:%S" }}')).toBe('2026-11-20T09:20:11');
  });
});

describe('an attack by the entry', () => {
  test.each([
    ['quotation marks', '","admin":true,"x":"'],
    ['line feeds and backslashes', 'a\nb\\n\r\t\u0000'],
    ['separators', '\u2028\u2029</script>'],
    ['a placeholder', '{{ id }}{{ feed.title }}'],
    ['a tag', '{% for i in (1..9) %}x{% endfor %}{% raw %}'],
    ['dollar signs of a replacement', '$& $1 $$'],
  ])('%s in a title stay text', (_, title) => {
    const template = {
      only: '{{ entry.title }}',
      mixed: '<{{ entry.title }}>',
      filtered: '{{ entry.title | append: entry.title }}',
    };
    expect(filled(template, eventOf({ title }))).toEqual({
      only: title,
      mixed: `<${title}>`,
      filtered: title + title,
    });
  });

  test('half a character becomes U+FFFD, also for a filter that could not write it', () => {
    const event = eventOf();
    const body = event.body.replace('Plain text title', '\\ud83d');
    expect(said('{{ entry.title }}', { ...event, body })).toBe('\ufffd');
    expect(said('{{ entry.title | url_encode }}', { ...event, body })).toBe('%EF%BF%BD');
  });

  test('a percent sign that encodes nothing is decoded to itself', () => {
    expect(said('{{ entry.title | url_decode }}', eventOf({ title: '100 %' }))).toBe('100 %');
  });

  test('a field called __proto__ is a field', () => {
    const event = eventOf();
    const body = event.body.replace('"title":"Plain', '"__proto__":{"polluted":true},"title":"Plain');
    const result = said('{{ entry }}', { ...event, body });
    expect(Object.hasOwn(result, '__proto__')).toBe(true);
    expect(said('{{ entry.polluted }}{{ polluted }}', { ...event, body })).toBe('');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('an odd template', () => {
  test('a key called __proto__ is a key', () => {
    const template = JSON.parse('{"__proto__":{"a":"{{ id }}"},"constructor":"{{ type }}"}');
    const text = requestOf('template', eventOf(), { template }).body.toString();
    expect(text).toBe('{"__proto__":{"a":"evt_ddlojucljyocbycxwkbxztcgdz"},"constructor":"entry.new"}');
  });

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'entry.constructor.name',
    'entry.title.constructor',
    'feed.labels.map',
  ])('nothing is reached that an event does not say: %s', (path) => {
    expect(filled({ gone: `{{ ${path} }}` })).toEqual({});
  });

  test.each([
    ['a long loop', '{% for i in (1..100000000) %}x{% endfor %}', /memory alloc limit exceeded/],
    [
      'a loop of doublings',
      '{% assign s = "x" %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}{{ s }}',
      /memory alloc limit/,
    ],
    ['a wide number', '{{ 1 | date: "%999999999d" }}', /memory alloc limit/],
    [
      'loops in loops',
      '{% for i in (1..4000) %}{% for j in (1..4000) %}x{% endfor %}{% endfor %}',
      /limit exceeded/,
    ],
    ['a string beyond the limit', `{{ id }}${'x'.repeat(20_000)}`, /parse length limit exceeded/],
  ])('%s meets its limit', (_, text, message) => {
    expect(() => said(text)).toThrow(unrenderable(message));
  });

  test('a template that cannot be read names the place and not its text', () => {
    expect(() => said('token-123 {{ entry.title')).toThrow(unrenderable(/^(?!.*token-123)/));
  });

  test('a tree in itself ends', () => {
    const loop: Record<string, unknown> = {};
    loop.again = loop;
    expect(() => filled(loop)).toThrow(unrenderable(/deeper than 50/));
    expect(templateFaults(loop)).toHaveLength(1);
  });

  test('it is read once', () => {
    const template = { a: '{{ id }}' };
    const options = optionsOf('template', { template });
    const event = eventOf();
    const view = { event, payload: JSON.parse(event.body) };
    const before = renderTemplate([view], options).body.toString();
    template.a = 'changed';
    expect(renderTemplate([view], options).body.toString()).toBe(before);
  });

  test('an entry that it repeats is cut to what fits', () => {
    const event = eventOf({ contentHtml: `<p>${'word '.repeat(10_000)}</p>`, contentText: 'short' });
    const template = { one: '{{ entry.content_html }}', two: '{{ entry.content_html | url_encode }}' };
    const { body } = requestOf('template', event, { template });
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(50_000);
  });

  test('a batch shares it', () => {
    expect(() => requestOf('template', manyEvents(2))).toThrow(unrenderable(/2 events/));
  });
});

describe('faults of a template', () => {
  test('a good one has none', () => {
    expect(
      templateFaults({
        a: '{{ entry.title | default: feed.title }}',
        b: ['{% for tag in entry.tags %}{{ forloop.index }}{{ tag }}{% endfor %}', 1, null, true],
        c: '{% assign x = 1 %}{{ x }}',
      }),
    ).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ['an open placeholder', '{{ entry.title', /not closed/],
    ['an open tag', '{% if id %}', /not closed/],
    ['an unknown filter', '{{ id | shout }}', /undefined filter: shout/],
    ['an unknown tag', '{% shout %}', /tag "shout" not found/],
    ['an unknown name', '{{ entri.title }}', /unknown name "entri"; known are id, type, timestamp/],
    ['an unknown name in a condition', '{% if entri %}x{% endif %}', /unknown name "entri"/],
    ['an unknown name as a key', '{{ entry[foo] }}', /unknown name "foo"/],
    ['a file', '{% render "/etc/passwd" %}', /tag "render" not found/],
    ['another', '{% include "x" %}', /tag "include" not found/],
    ['a layout', '{% layout "x" %}', /tag "layout" not found/],
    ['a counter that would go on', '{% increment id %}', /tag "increment" not found/],
    [
      'a filter that reads templates',
      '{{ entries | where_exp: "e", entry.title }}',
      /undefined filter: where_exp/,
    ],
    ['chance', '{{ entry.tags | sample }}', /undefined filter: sample/],
    ['an endless string', 'x'.repeat(20_000), /parse length limit exceeded/],
  ])('%s', (_, text, message) => {
    expect(templateFaults({ blocks: [{ text }] })).toEqual([
      { path: ['blocks', 0, 'text'], message: expect.stringMatching(message) },
    ]);
  });
});
