// Reads a text as feeds.yaml, and shows faults the short way: `line:column key path: message`.

import type { Config } from '../../src/config/config.ts';
import { type ConfigSource, readConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

export function read(text: string, source: Partial<ConfigSource> = {}): Config {
  const noFiles = () => {
    throw new Error('no files in this test');
  };
  return readConfig(text, { file: 'feeds.yaml', env: {}, readSecretFile: noFiles, ...source });
}

/** A feed, so that a text about something else is valid. */
export const oneFeed = 'feeds: [https://example.org/feed.atom]\n';

export function errorOf(text: string, source: Partial<ConfigSource> = {}): ConfigError {
  try {
    read(text, source);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

export function faultsOf(text: string, source: Partial<ConfigSource> = {}): string[] {
  return errorOf(text, source).faults.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}
