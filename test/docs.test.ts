// Holds the docs to the code, in both directions: what exists is documented, what is documented exists.
// Config keys have a test of their own in test/config/.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { commandLine } from '../src/cli.ts';
import { codes } from '../src/errors.ts';
import { createMetrics } from '../src/server/metrics.ts';

const doc = (name: string) => readFileSync(join(import.meta.dirname, '..', 'docs', name), 'utf8');

/** First cells of table rows that are one code span. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
}

function leaves(command: Command, path: string): { path: string; command: Command }[] {
  const here = `${path} ${command.name()}`.trim();
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, here));
  return [{ path: here, command }];
}

const all = leaves(commandLine(), '');
const spelt = ({ path, command }: (typeof all)[number]) =>
  [
    path,
    ...command.registeredArguments.map((each) => {
      const name = each.variadic ? `${each.name()}...` : each.name();
      return each.required ? `<${name}>` : `[${name}]`;
    }),
  ].join(' ');

describe('docs/errors.md', () => {
  test('explains every code of the program and no other', () => {
    expect(firstCells(doc('errors.md')).sort()).toEqual(Object.keys(codes).sort());
  });
});

describe('docs/operations.md', () => {
  test('lists every metric of the program and no other', async () => {
    const metrics = createMetrics({ endpoints: async () => [], feeds: () => 0, lanes: () => 0 });
    const text = await metrics.text();
    const names = [...text.matchAll(/^# TYPE (feedhook_\S+) (\S+)$/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    const documented = [...doc('operations.md').matchAll(/^\| `(feedhook_\w+)` \| (\w+) \|/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    expect(documented.sort()).toEqual(names.sort());
  });
});

describe('docs/operations.md, logs', () => {
  test('lists every event name of the log and no other', () => {
    const src = join(import.meta.dirname, '..', 'src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const names = files.flatMap((file) =>
      [
        ...readFileSync(join(src, file), 'utf8').matchAll(
          /\blog(?:\.\w+|\[[^;]*?\])\((?:[^;]*?),\s*'([a-z-]+)',?\s*\)+;/gi,
        ),
      ].map((match) => match[1] ?? ''),
    );
    const table = /^\| event \|.*\n([\s\S]*?)\n\n/m.exec(doc('operations.md'))?.[1] ?? '';
    const documented = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap((match) =>
      [...(match[1] ?? '').matchAll(/`([a-z-]+)`/g)].map((code) => code[1]),
    );
    expect(documented.sort()).toEqual([...new Set(names)].sort());
  });
});

describe('docs/commands.md', () => {
  test('lists every command with its arguments and no other', () => {
    const documented = [...doc('commands.md').matchAll(/^\| `(feedhook [^`]+)` \|/gm)].map(
      (match) => match[1],
    );
    expect(documented.sort()).toEqual(all.map(spelt).sort());
  });

  test('lists every flag with the commands that have it and no other', () => {
    const flags = new Map<string, string[]>();
    for (const { path, command } of all) {
      for (const { long } of command.options) {
        flags.set(long ?? '', [...(flags.get(long ?? '') ?? []), path.replace('feedhook ', '')]);
      }
    }
    const documented = new Map(
      [...doc('commands.md').matchAll(/^\| `(--[\w-]+)` \| ([^|]+) \|/gm)].map((match) => [
        match[1] ?? '',
        (match[2] ?? '').split(', ').flatMap((name) => expand(name.trim())),
      ]),
    );
    const sorted = (map: Map<string, string[]>) =>
      [...map].map(([flag, of]) => `${flag}: ${of.sort().join(', ')}`).sort();
    expect(sorted(documented)).toEqual(sorted(flags));
  });
});

/** `deliveries` in the table means all of its subcommands. */
function expand(name: string): string[] {
  const paths = all.map(({ path }) => path.replace('feedhook ', ''));
  return paths.includes(name) ? [name] : paths.filter((path) => path.startsWith(`${name} `));
}

describe('links', () => {
  const root = join(import.meta.dirname, '..');
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
  ].filter((name) => name.endsWith('.md'));

  /** As GitHub makes them: lower case, without marks, spaces as hyphens. */
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );

  test.each(pages)('of %s lead to pages and headings that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

test('the README shows the test command that .ci/run calls', () => {
  const root = join(import.meta.dirname, '..');
  const command = readFileSync(join(root, '.ci/run'), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  expect(command).toBe('npm ci && npm test');
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`${command}\n`);
});
