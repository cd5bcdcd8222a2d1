// Holds the import table of docs/architecture.md: arrows point down only, and each I/O package has one home.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

const levels: Record<string, number> = {
  cli: 8,
  commands: 7,
  daemon: 6,
  poll: 5,
  schedule: 4,
  deliver: 4,
  server: 4,
  backend: 4,
  config: 3,
  fetch: 3,
  decode: 3,
  parse: 3,
  diff: 3,
  outbox: 3,
  ports: 2,
  filter: 2,
  model: 1,
  errors: 0,
  version: 0,
  clock: 0,
  log: 0,
};

/** Package -> the only files or folders (below src/) that may import it. */
const homes: Record<string, readonly string[]> = {
  'fast-xml-parser': ['parse/xml.ts'],
  '@nodable/entities': ['parse/'],
  'http-cache-semantics': ['fetch/freshness.ts'],
  undici: [
    'fetch/client.ts',
    'fetch/origin-client.ts',
    'fetch/answer-reader.ts',
    'fetch/connector.ts',
    'deliver/send.ts',
  ],
  tldts: ['schedule/site.ts'],
  'ipaddr.js': ['fetch/address.ts'],
  'iconv-lite': ['decode/'],
  chardet: ['decode/'],
  keyv: ['backend/'],
  '@keyv/redis': ['backend/redis/'],
  bullmq: ['backend/redis/'],
  ioredis: ['backend/redis/'],
  'node:sqlite': ['backend/sqlite/'],
  'node-cron': ['schedule/calendar.ts'],
  yaml: ['config/'],
  zod: ['config/'],
  pino: ['log.ts'],
  commander: ['cli.ts', 'commands/'],
  fastify: ['server/'],
  'prom-client': ['server/'],
  re2js: ['filter/pattern.ts'],
  liquidjs: ['deliver/render/template.ts'],
  'sanitize-html': ['outbox/html.ts'],
  standardwebhooks: ['commands/demo/'],
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const room = (file: string) => (file.split('/')[0] ?? '').replace(/\.ts$/, '');

describe('the import table', () => {
  test.each(files)('%s stands in a room of the table and imports downwards only', (file) => {
    const here = levels[room(file)];
    expect({ file, level: here }).not.toEqual({ file, level: undefined });
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const path = relative(src, normalize(join(src, dirname(file), target))).replaceAll('\\', '/');
      if (room(path) === room(file)) continue;
      const there = levels[room(path)] ?? Number.POSITIVE_INFINITY;
      expect({ from: file, to: path, downwards: there < (here ?? -1) }).toEqual({
        from: file,
        to: path,
        downwards: true,
      });
    }
  });

  test.each(files)('%s takes each package from its one home', (file) => {
    for (const name of importsOf(file).filter((each) => !each.startsWith('.'))) {
      const allowed = homes[name];
      if (allowed === undefined) {
        expect({ file, builtin: name.startsWith('node:'), name }).toEqual({ file, builtin: true, name });
      } else {
        expect({ file, name, home: allowed.some((home) => file === home || file.startsWith(home)) }).toEqual({
          file,
          name,
          home: true,
        });
      }
    }
  });

  test('docs/architecture.md prints the same table', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const block = /```\n(( \d {2}.*\n)+)```/.exec(text)?.[1] ?? '';
    const printed: Record<string, number> = {};
    for (const line of block.trimEnd().split('\n')) {
      const [level, ...names] = line.trim().split(/ {2,}/);
      for (const name of (names[0] ?? '').split(' ')) printed[name] = Number(level);
    }
    expect(printed).toEqual(levels);
  });

  test('no files import each other in a circle', () => {
    const edges = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((name) => name.startsWith('.'))
          .map((name) => relative(src, normalize(join(src, dirname(file), name))).replaceAll('\\', '/')),
      ]),
    );
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file))
        throw new Error(`circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) walk(file, []);
  });
});
