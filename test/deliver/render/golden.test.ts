// The bytes of one event in each format that machines read, written down once: receivers count on them over versions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { eventOf, machineFormats, requestOf } from './requests.ts';

const template = {
  title: '{{ entry.title }}',
  count: '{{ entry._feedhook.sequence }}',
  tags: '{{ entry.tags }}',
  subtitle: '{{ entry.subtitle }}',
  line: 'New in {{ feed.title }}: {{ entry.title | upcase }}',
  blocks: [{ day: '{{ entry.date_published | date: "%d.%m.%Y" }}' }, '{{ entry.subtitle }}', true, null, 4],
};

describe.each(machineFormats)('%s', (format) => {
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, `golden/${format}.json`), 'utf8'));

  test('sends the golden request', () => {
    const { body, ...head } = requestOf(format, eventOf(), { template });
    expect(head).toEqual(golden.head);
    const text = body.toString();
    // JSON stands in the file as a tree, so that people can read it: its order is part of it.
    expect(text).toBe(typeof golden.body === 'string' ? golden.body : JSON.stringify(golden.body));
  });

  test('does so each time', () => {
    expect(requestOf(format, eventOf())).toEqual(requestOf(format, eventOf()));
  });
});
