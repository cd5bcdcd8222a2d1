// What only the daemon's own calculators can find in feeds.yaml: it is a fault like any other, with line and key.

import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/load.ts';
import { unpollable } from '../../src/daemon/world.ts';
import { ConfigError } from '../../src/errors.ts';

function faultsOf(endpoint: string): string[] {
  const text = `feeds: [https://a.example/]\nendpoints:\n  - { id: app, url: "https://a.example/", ${endpoint} }\n`;
  const readSecretFile = () => {
    throw new Error('no files in this test');
  };
  try {
    readConfig(text, { file: 'feeds.yaml', env: {}, readSecretFile }, unpollable);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  }
}

describe('times of an endpoint', () => {
  test.each([
    ['digest: "0 25 * * *"', 'digest'],
    ['digest: "0 0 30 2 *"', 'digest'],
    ['quiet: { from: "61 * * * *", until: "0 7 * * *" }', 'quiet.from'],
    ['quiet: { from: "0 22 * * *", until: "0 0 31 4 *" }', 'quiet.until'],
  ])('%s never comes', (endpoint, key) => {
    expect(faultsOf(endpoint)).toEqual([expect.stringContaining(`3 endpoints[0].${key}: `)]);
  });

  test('times that come are none', () => {
    expect(faultsOf('digest: "0 9 * * 1-5", quiet: { from: "0 22 * * *", until: "0 7 * * *" }')).toEqual([]);
  });
});

test('a template that cannot be filled in is a fault at its place', () => {
  expect(faultsOf('format: template, template: { a: [{ b: "{{ entry.title" }] }')).toEqual([
    expect.stringContaining('3 endpoints[0].template.a[0].b: '),
  ]);
  expect(faultsOf('format: template, template: { a: "{{ entry.title }}" }')).toEqual([]);
});
