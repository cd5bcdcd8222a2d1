// Holds feeds.schema.json, docs/configuration.md and the example feeds.yaml to the schema.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { feedsSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { keyRows, printRow } from './documented-keys.ts';

const root = join(import.meta.dirname, '../..');

test('feeds.schema.json is what the schema says (npm run schema)', async () => {
  expect(await readFile(join(root, 'feeds.schema.json'), 'utf8')).toBe(feedsSchema());
});

describe('docs/configuration.md', () => {
  const rows = keyRows();

  test('documents every key with its type, default and meaning, and no other', async () => {
    const page = await readFile(join(root, 'docs/configuration.md'), 'utf8');
    const tables = page.matchAll(/\| key \| type \| default \| meaning \|\n.*\n((?:\|.*\n)+)/g);
    const printed = [...tables].flatMap((table) => (table[1] ?? '').trimEnd().split('\n'));
    expect(printed.sort()).toEqual(rows.map(printRow).sort());
  });

  test.each(rows.map((row) => [row.key, row] as const))('%s has a meaning', (_, row) => {
    expect(row.meaning).toMatch(/\.$/);
  });
});

describe('the example feeds.yaml', () => {
  test('loads without any variable, without a warning, and writes to standard output', async () => {
    const config = await loadConfig(join(root, 'feeds.yaml'), {});
    expect(config).toMatchObject({ warnings: [], endpoints: [] });
    expect(config.feeds.length).toBeGreaterThanOrEqual(2);
  });

  test('begins with the line that editors find the schema by', async () => {
    const text = await readFile(join(root, 'feeds.yaml'), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./feeds.schema.json');
  });

  test('its commented lines are valid too', async () => {
    const text = await readFile(join(root, 'feeds.yaml'), 'utf8');
    // A commented key or list item has one space behind its "#"; prose does too, but has no ":" or "- " where YAML needs it.
    const live = text.replaceAll(
      /^( *)# ?((?: *- id: | {2,}[a-z]+: |contact: |endpoints: |startSpread: |limits: |network: |origins: ).*)$/gm,
      '$1$2',
    );
    const env = {
      MY_APP_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      ARCHIVE_TOKEN: 'x',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/x',
    };
    const { readConfig } = await import('../../src/config/load.ts');
    const config = readConfig(live, {
      file: 'feeds.yaml',
      env,
      readSecretFile: () => ({ text: env.MY_APP_WEBHOOK_SECRET, isWorldReadable: false }),
    });
    expect(config.endpoints.map((endpoint) => endpoint.id)).toEqual(['my-app', 'archive', 'team-chat']);
    expect(config.limits.minIntervalMs).toBe(1000);
    expect(config.contact).toBeDefined();
  });
});
