// Runs a Lua script in Redis by its digest, and sends the text where the server does not know it: after a restart, or a
// fail-over to another one. https://redis.io/docs/latest/commands/evalsha/

import type { RedisLink } from './link.ts';

export interface ScriptText {
  readonly lua: string;
  /** SHA-1 of it, in hex. */
  readonly sha: string;
}

/** Decimal digits whatever the size: no exponent. */
export type ScriptArgument = string | number;

/** Runs the script with `link.key('number')` as its only key; a fault is a StoreError. */
export type Script = (...args: readonly ScriptArgument[]) => Promise<unknown>;

export function script(link: RedisLink, { lua, sha }: ScriptText): Script {
  const key = link.key('number');
  return (...args) =>
    link.ask(async (client) => {
      const values = args.map(String);
      try {
        return await client.evalsha(sha, 1, key, ...values);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await client.eval(lua, 1, key, ...values);
      }
    });
}
