// The table of keys that docs/configuration.md must print: one row a key, made from the schema.

import { describedKeys, type KeySchema } from '../../src/config/json-schema.ts';

export interface KeyRow {
  readonly key: string;
  readonly type: string;
  readonly default: string;
  readonly meaning: string;
}

export function keyRows(): KeyRow[] {
  return [...describedKeys()].map(([key, { schema, isRequired }]) => ({
    key,
    type: typeOf(schema),
    default: isRequired ? 'required' : defaultOf(schema),
    meaning: schema.description ?? '',
  }));
}

export function printRow({ key, type, default: value, meaning }: KeyRow): string {
  return `| \`${key}\` | ${type} | ${value} | ${meaning} |`;
}

function typeOf(schema: KeySchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.enum) return schema.enum.map((choice) => `\`${choice}\``).join(', ');
  if (schema.pattern?.includes('(ms|s|m|h|d)')) return `span, ${schema.$comment}`;
  if (schema.pattern?.includes('[KMG]')) return `size, ${schema.$comment}`;
  switch (schema.type) {
    case 'integer':
      return `number, ${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of ${typeOf(schema.items ?? {})}`;
    case 'object':
      return 'mapping';
    default:
      return 'text';
  }
}

function defaultOf({ default: value, type }: KeySchema): string {
  if (value === undefined || type === 'object') return '-';
  return Array.isArray(value) ? `\`[${value.join(', ')}]\`` : `\`${value}\``;
}
