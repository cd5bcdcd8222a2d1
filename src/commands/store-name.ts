// A store that is named on the command line means what the same text means as `store` of feeds.yaml: paths are taken from the
// folder of that file, and ${NAME} is an environment variable, so that no password need be typed.

import type { Command } from 'commander';
import { readConfig, type StoreConfig } from '../config/load.ts';
import { readSecretFile } from '../config/secret-file.ts';
import { ConfigError } from '../errors.ts';

export function namedStore(flag: string, text: string, file: string, command: Command): StoreConfig {
  try {
    return readConfig(fileOf(text), { file, env: process.env, readSecretFile }).store;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return command.error(`error: ${flag}: ${error.faults.map(({ message }) => message).join('; ')}`);
  }
}

/** A feeds.yaml must have a feed. */
function fileOf(store: string): string {
  return JSON.stringify({ store, feeds: [{ url: 'https://example.org/' }] });
}
