// The schema of feeds.yaml as JSON Schema, for editors (feeds.schema.json) and for finding the keys near a typing slip.

import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** The part of JSON Schema that the file's schema is written in. */
export interface KeySchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** The bounds of a span or size, for people. */
  readonly $comment?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly additionalProperties?: KeySchema | boolean;
  readonly items?: KeySchema;
  readonly anyOf?: readonly KeySchema[];
}

let built: KeySchema | undefined;

/** The schema of the file as people write it. Draft 7 is what editors for YAML read best. */
export function configJsonSchema(): KeySchema {
  built ??= {
    title: 'feeds.yaml of feedhook',
    ...z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' }),
  } as KeySchema;
  return built;
}

/** What `feeds.schema.json` holds, to the byte. */
export function feedsSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** The keys allowed in the mapping at `path`; none where any key is. */
export function keysAt(path: readonly (string | number)[]): string[] {
  let here = branches(configJsonSchema());
  for (const step of path) here = here.flatMap((schema) => below(schema, step));
  return here.flatMap((schema) => Object.keys(schema.properties ?? {}));
}

/** Every place in the file where a key of this name is allowed, such as `feeds[].interval`. */
export function placesOf(key: string): string[] {
  return keyPaths().filter((path) => path.split('.').at(-1) === key);
}

/** Every key of the file: `store`, `limits.minInterval`, `feeds[].url`, `origins.<host>.gap`, … */
export function keyPaths(): string[] {
  return [...describedKeys().keys()];
}

export interface DescribedKey {
  readonly schema: KeySchema;
  readonly isRequired: boolean;
}

/** Key path -> what the schema says of it, in the order of the schema. */
export function describedKeys(): Map<string, DescribedKey> {
  const found = new Map<string, DescribedKey>();
  const visit = (schema: KeySchema, path: string): void => {
    for (const branch of branches(schema)) {
      for (const [key, value] of Object.entries(branch.properties ?? {})) {
        const place = path === '' ? key : `${path}.${key}`;
        found.set(place, { schema: value, isRequired: branch.required?.includes(key) ?? false });
        visit(value, place);
      }
      if (branch.items) visit(branch.items, `${path}[]`);
      const free = branch.additionalProperties;
      if (typeof free === 'object') visit(free, `${path}.<${nameOfKeys(path)}>`);
    }
  };
  visit(configJsonSchema(), '');
  return found;
}

/** What the free keys of a mapping are called. */
function nameOfKeys(path: string): string {
  return path === 'origins' ? 'host' : 'name';
}

function branches(schema: KeySchema): readonly KeySchema[] {
  return schema.anyOf ?? [schema];
}

function below(schema: KeySchema, step: string | number): readonly KeySchema[] {
  const free = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const next = typeof step === 'number' ? schema.items : (schema.properties?.[step] ?? free);
  return next ? branches(next) : [];
}
