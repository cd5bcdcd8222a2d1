// Reads feeds.yaml for a command, held to every rule that the daemon holds it to.

import type { Config } from '../config/load.ts';

export async function readFeeds(file: string): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  const { unpollable } = await import('../daemon/world.ts');
  return await loadConfig(file, process.env, unpollable);
}
