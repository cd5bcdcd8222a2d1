// The text of a Lua script and the digest by which Redis knows it.

import { createHash } from 'node:crypto';
import type { ScriptText } from './script.ts';

export function scriptText(lua: string): ScriptText {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
