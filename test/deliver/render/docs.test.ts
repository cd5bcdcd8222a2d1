// Holds docs/targets.md to src/config/formats.ts, in both directions, and its examples to the program.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Format, type FormatTraits, formats, traitsOf } from '../../../src/config/formats.ts';
import { readConfig } from '../../../src/config/load.ts';
import type { RenderOptions } from '../../../src/deliver/render/rendered.ts';
import { k1 } from '../records.ts';
import { eventOf, requestOf } from './requests.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/targets.md'), 'utf8');

function sectionOf(name: string): string {
  return text.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
}

function blocksOf(section: string, language: string): string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code = '']) => code,
  );
}

function rateText({ rate }: FormatTraits): string {
  if (!rate) return '-';
  const { count, perMs, burst } = rate;
  return `${count} in ${perMs / 1_000} s${burst > 1 ? `, ${burst} at once` : ''}`;
}

const rowOf = (format: Format): string[] => {
  const traits = traitsOf[format];
  const { isChat, mostEvents, of, entriesOnly, maxBytes, to = '-' } = traits;
  return [
    format,
    isChat ? 'people' : 'machines',
    isChat ? 'no' : 'yes',
    String(mostEvents),
    mostEvents === 1 ? '-' : { feed: 'one feed', any: 'any feeds' }[of],
    entriesOnly ? 'yes' : 'no',
    String(maxBytes),
    rateText(traits),
    to,
  ];
};

test('the table says what each format can carry', () => {
  const rows = [...sectionOf('What each can carry').matchAll(/^\| (`\w+` \|.*) \|$/gm)].map(([, row = '']) =>
    row.replaceAll('`', '').split(' | '),
  );
  expect(rows).toEqual(formats.map(rowOf));
});

test('every format has a section, in their order, and there are no others', () => {
  const headings = [...text.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual([...formats]);
  for (const format of formats) expect(sectionOf(format).length).toBeGreaterThan(300);
});

describe.each(formats)('the section of %s', (format) => {
  const section = sectionOf(format);

  test('shows an endpoint that feeds.yaml takes', () => {
    const examples = blocksOf(section, 'yaml').filter((yaml) => yaml.startsWith('endpoints:'));
    expect(examples).not.toEqual([]);
    for (const yaml of examples) expect(endpointsOf(yaml).map((each) => each.format)).toContain(format);
  });
});

function endpointsOf(yaml: string) {
  return readConfig(`feeds: [https://example.org/feed]\n${yaml}`, {
    file: 'feeds.yaml',
    env: new Proxy(
      {},
      { get: () => '123:token', has: () => true, getOwnPropertyDescriptor: () => ({ configurable: true }) },
    ),
    readSecretFile: (path) => ({
      text: path.endsWith('-url') ? 'https://hooks.example/T/B' : k1,
      isWorldReadable: false,
    }),
  }).endpoints;
}

const shown: readonly (readonly [Format, Partial<RenderOptions>])[] = [
  ['cloudevents', {}],
  ['jsonfeed', {}],
  ['miniflux', {}],
  ['superfeedr', {}],
  ['telegram', { to: '@my_channel' }],
  ['ntfy', { to: 'my-secret-topic', priority: 4 }],
  ['gotify', {}],
  ['matrix', { to: '!AbCdEf:example.org' }],
];

test.each(shown)('the body shown for %s is the one that is sent', (format, over) => {
  const [json = ''] = blocksOf(sectionOf(format), 'json');
  const { body } = requestOf(format, eventOf(), { content: 'summary', ...over });
  expect(JSON.parse(json)).toEqual(JSON.parse(body.toString()));
});
