// A filter in feeds.yaml: the text of its conditions becomes the tree that fan-out asks; every fault of it has its place.

import { z } from 'zod';
import { parseFilter } from '../filter/parse.ts';
import { parseDuration } from './duration.ts';
import { nearMiss } from './near-miss.ts';

const reading = { spanMs: parseDuration, nearMiss };

export function filter() {
  return z.record(z.string(), z.unknown()).transform((value, context) => {
    const { filter, faults } = parseFilter(value, reading);
    for (const { path, message, isAboutKey } of faults) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { isAboutKey } });
    }
    return filter ?? z.NEVER;
  });
}
