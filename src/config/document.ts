// The text of feeds.yaml as plain values, with the line and column of each: the only file that knows yaml.
// YAML 1.2 core only: one document, plain keys, no tags, a bounded number of aliases. Nothing that yaml
// throws or says leaves this file, since its messages may quote a secret.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
} from 'yaml';
import type { Finding, Path } from './finding.ts';
import { syntaxFault } from './syntax.ts';

/** Aliases that may be followed while reading: enough to share settings, too few for a bomb. */
const mostAliases = 100;
/** The deepest real key is a text of a filter that is nested as deeply as one may be, 25 levels down. */
const deepestLevel = 32;

export interface ConfigDocument {
  /** False when the syntax is too broken to look at the values. */
  readonly isReadable: boolean;
  readonly findings: readonly Finding[];
  /** The values; each text passes through `expand`. Adds to `findings`. */
  values(expand: (text: string, path: Path) => string): unknown;
  /** Where the value (or its key) stands, or the nearest thing around it; both count from 1. */
  place(finding: Finding): { line: number; column: number };
  /** The value as written; `undefined` for one that is absent or not a single value. */
  written(path: Path): string | undefined;
}

export function openDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const findings: Finding[] = [];
  const document = parse(text, lines, findings);
  return {
    isReadable: document !== undefined,
    findings,
    values: (expand) =>
      document ? new Reader(document, expand, findings).read(document.contents, []) : undefined,
    place(finding) {
      const { line, col } = lines.linePos(finding.offset ?? offsetOf(document, finding));
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
    written(path) {
      const { node, isExact } = walk(document, path);
      return isExact && isScalar(node) && node.value !== null ? scalarText(node) : undefined;
    },
  };
}

function parse(text: string, lineCounter: LineCounter, findings: Finding[]): Document | undefined {
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, schema: 'core', merge: false });
    const faults = document.errors.map(syntaxFault);
    // A document nested too deeply repeats one fault for each level.
    const seen = new Set<string>();
    for (const fault of faults) {
      const key = `${fault.message} ${lineCounter.linePos(fault.offset ?? 0).line}`;
      if (!seen.has(key)) findings.push(fault);
      seen.add(key);
    }
    return document.errors.every((error) => error.code === 'DUPLICATE_KEY') ? document : undefined;
  } catch {
    findings.push({ path: [], message: 'this is not YAML that can be read', offset: 0 });
    return undefined;
  }
}

/** Turns nodes into values: objects without prototype, so that no key can reach one. */
class Reader {
  readonly #document: Document;
  readonly #expand: (text: string, path: Path) => string;
  readonly #findings: Finding[];
  #aliases = 0;

  constructor(document: Document, expand: (text: string, path: Path) => string, findings: Finding[]) {
    this.#document = document;
    this.#expand = expand;
    this.#findings = findings;
  }

  read(node: unknown, path: Path): unknown {
    if (path.length > deepestLevel) return this.#refuse(path, `nested deeper than ${deepestLevel} levels`);
    if (isAlias(node)) return this.#follow(node, path);
    if (isScalar(node)) {
      if (hasForeignTag(node))
        return this.#refuse(path, 'a tag (!…) is not allowed here; write the plain value');
      return typeof node.value === 'string' ? this.#expand(node.value, path) : node.value;
    }
    if (!isMap(node) && !isSeq(node)) return undefined;
    if (hasForeignTag(node))
      return this.#refuse(path, 'a tag (!…) is not allowed here; write the plain value');
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    const values = Object.create(null) as Record<string, unknown>;
    for (const pair of node.items) this.#readPair(pair, path, values);
    return values;
  }

  #readPair(pair: Pair, path: Path, values: Record<string, unknown>): void {
    const key = keyText(pair);
    if (key === undefined) {
      this.#refuse(path, 'a key must be a plain text');
    } else if (key === '__proto__') {
      this.#findings.push({ path: [...path, key], message: 'unknown key', isAboutKey: true });
    } else {
      // `endpoints:` with everything below it commented out is the same as no such key.
      values[key] = this.read(pair.value, [...path, key]) ?? undefined;
    }
  }

  #follow(alias: Alias, path: Path): unknown {
    this.#aliases++;
    if (this.#aliases > mostAliases) {
      // Said once: a bomb would say it a million times.
      if (this.#aliases > mostAliases + 1) return undefined;
      return this.#refuse(path, `more than ${mostAliases} aliases (*name) are followed to read this file`);
    }
    const target = alias.resolve(this.#document);
    return target
      ? this.read(target, path)
      : this.#refuse(path, 'the alias (*name) has no anchor (&name) above it');
  }

  #refuse(path: Path, message: string): undefined {
    this.#findings.push({ path, message });
  }
}

const coreTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

function hasForeignTag(node: { tag?: string }): boolean {
  return node.tag !== undefined && !coreTags.has(node.tag);
}

function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key) || pair.key.value === null) return undefined;
  return scalarText(pair.key);
}

function scalarText(node: { value: unknown; source?: string }): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

/** Follows a path as far as it goes. */
function walk(document: Document | undefined, path: Path): { node: unknown; key: unknown; isExact: boolean } {
  let node: unknown = document?.contents;
  let key: unknown;
  for (const step of path) {
    const around = isAlias(node) && document ? node.resolve(document) : node;
    const pair = isMap(around) ? around.items.find((item) => keyText(item) === step) : undefined;
    const next = isSeq(around) && typeof step === 'number' ? around.items[step] : pair?.value;
    if (next === undefined && pair === undefined) return { node, key, isExact: false };
    node = next ?? pair?.key;
    key = pair?.key;
  }
  return { node, key, isExact: true };
}

function offsetOf(document: Document | undefined, { path, isAboutKey }: Finding): number {
  const found = walk(document, path);
  return rangeStart(isAboutKey ? found.key : found.node) ?? rangeStart(found.node) ?? 0;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
