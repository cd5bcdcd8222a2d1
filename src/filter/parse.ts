// Reads the conditions of a filter as feeds.yaml writes them: every fault at once, each with its place. What a span of time is,
// and which word was probably meant, is handed in by those who read the rest of the file.

import { type Filter, type FilterField, filterFields, type TextTest } from './filter.ts';
import { readPattern } from './pattern.ts';
import { folded } from './subject.ts';

export interface FilterFault {
  /** Below the filter. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The fault is the key, not its value. */
  readonly isAboutKey?: true;
}

export interface ParsedFilter {
  /** Absent when there are faults. */
  readonly filter?: Filter;
  readonly faults: readonly FilterFault[];
}

export interface FilterReading {
  /** Milliseconds; throws an Error with the reason. */
  spanMs(value: unknown): number;
  nearMiss(word: string, candidates: Iterable<string>): string | undefined;
}

export const maxFilterDepth = 10;
const maxConditions = 200;
const maxTexts = 500;
const maxTextBytes = 1024;
const longestSpanMs = 3650 * 86_400_000;

export function parseFilter(value: unknown, reading: FilterReading): ParsedFilter {
  const parser = new Parser(reading);
  const filter = parser.mapping(value, [], 1);
  const { faults } = parser;
  return faults.length === 0 && filter ? { filter, faults } : { faults };
}

type Path = FilterFault['path'];

const groups = ['all', 'any', 'not'] as const;
const keys: readonly string[] = [...groups, ...filterFields, 'age'];
const testKeys: readonly string[] = ['contains', 'equals', 'matches', 'exists'];
const ageKeys: readonly string[] = ['under', 'over'];

class Parser {
  readonly faults: FilterFault[] = [];
  readonly #reading: FilterReading;
  #conditions = 0;

  constructor(reading: FilterReading) {
    this.#reading = reading;
  }

  /** Several keys must all hold. */
  mapping(value: unknown, path: Path, depth: number): Filter | undefined {
    if (depth > maxFilterDepth)
      return this.#refuse(path, `conditions are nested at most ${maxFilterDepth} deep`);
    if (!isMapping(value))
      return this.#refuse(path, 'expected conditions: a mapping of keys such as `title: …`');
    const entries = Object.entries(value);
    if (entries.length === 0)
      return this.#refuse(path, 'there is no condition; add one, or remove the mapping');
    const filters = entries.flatMap(([key, each]) => this.#condition(key, each, [...path, key], depth) ?? []);
    return allOf(filters);
  }

  #condition(key: string, value: unknown, path: Path, depth: number): Filter | undefined {
    switch (key) {
      case 'all':
      case 'any':
        return this.#group(key, value, path, depth);
      case 'not': {
        const filter = this.mapping(value, path, depth + 1);
        return filter && { kind: 'not', filter };
      }
      case 'age':
        return this.#age(value, path);
      default:
        return isField(key) ? this.#field(key, value, path) : this.#unknown(key, keys, path);
    }
  }

  #group(kind: 'all' | 'any', value: unknown, path: Path, depth: number): Filter | undefined {
    if (!Array.isArray(value) || value.length === 0) {
      return this.#refuse(path, 'expected a list of conditions, such as `- title: …`');
    }
    const filters = value.flatMap(
      (each: unknown, index) => this.mapping(each, [...path, index], depth + 1) ?? [],
    );
    return { kind, filters };
  }

  #field(field: FilterField, value: unknown, path: Path): Filter | undefined {
    if (!isMapping(value)) {
      const texts = this.#texts(
        value,
        path,
        'expected a text, a list of texts, or one of contains, equals, matches, exists',
      );
      return texts && this.#text(field, comparison('contains', texts), path);
    }
    const entries = Object.entries(value);
    if (entries.length === 0) return this.#refuse(path, `expected one of ${testKeys.join(', ')}`);
    const filters = entries.flatMap(([key, each]) => {
      const test = this.#test(key, each, [...path, key]);
      return (test && this.#text(field, test, path)) ?? [];
    });
    return allOf(filters);
  }

  #text(field: FilterField, test: TextTest, path: Path): Filter | undefined {
    return this.#counted({ kind: 'text', field, test }, path);
  }

  #test(key: string, value: unknown, path: Path): TextTest | undefined {
    switch (key) {
      case 'contains':
      case 'equals': {
        const texts = this.#texts(value, path, 'expected a text or a list of texts');
        return texts && comparison(key, texts);
      }
      case 'matches': {
        if (typeof value !== 'string')
          return this.#refuse(path, 'expected a regular expression (RE2), in quotes');
        const read = readPattern(value);
        return 'pattern' in read
          ? { kind: 'matches', pattern: read.pattern }
          : this.#refuse(path, read.problem);
      }
      case 'exists': {
        const is = value === 'true' ? true : value === 'false' ? false : value;
        return typeof is === 'boolean'
          ? { kind: 'exists', is }
          : this.#refuse(path, 'expected true or false');
      }
      default:
        return this.#unknown(key, testKeys, path);
    }
  }

  #texts(value: unknown, path: Path, expected: string): string[] | undefined {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0) return this.#refuse(path, 'expected a text or a list of texts, and not none');
    if (list.length > maxTexts) return this.#refuse(path, `a list has at most ${maxTexts} texts`);
    const texts = list.flatMap((each, index) => {
      const problem = textProblem(each, expected);
      if (problem !== undefined) this.#refuse(Array.isArray(value) ? [...path, index] : path, problem);
      return typeof each === 'string' && problem === undefined ? [each] : [];
    });
    return texts.length === list.length ? texts : undefined;
  }

  #age(value: unknown, path: Path): Filter | undefined {
    if (!isMapping(value) || Object.keys(value).length === 0) {
      return this.#refuse(path, 'expected `under` or `over` with a span of time, such as { under: 7d }');
    }
    for (const key of Object.keys(value))
      if (!ageKeys.includes(key)) this.#unknown(key, ageKeys, [...path, key]);
    const underMs = 'under' in value ? this.#span(value.under, [...path, 'under']) : undefined;
    const overMs = 'over' in value ? this.#span(value.over, [...path, 'over']) : undefined;
    if (underMs !== undefined && overMs !== undefined && underMs <= overMs) {
      return this.#refuse(path, 'no entry is both: `under` must be longer than `over`');
    }
    const bounds = { ...(underMs !== undefined && { underMs }), ...(overMs !== undefined && { overMs }) };
    return this.#counted({ kind: 'age', ...bounds }, path);
  }

  #span(value: unknown, path: Path): number | undefined {
    try {
      const ms = this.#reading.spanMs(value);
      return ms >= 1000 && ms <= longestSpanMs ? ms : this.#refuse(path, 'must be from 1s to 3650d');
    } catch (error) {
      return this.#refuse(path, error instanceof Error ? error.message : String(error));
    }
  }

  #counted(filter: Filter, path: Path): Filter | undefined {
    this.#conditions++;
    if (this.#conditions <= maxConditions) return filter;
    // Said once.
    return this.#conditions === maxConditions + 1
      ? this.#refuse(path, `a filter has at most ${maxConditions} conditions`)
      : undefined;
  }

  #unknown(key: string, allowed: readonly string[], path: Path): undefined {
    const near = this.#reading.nearMiss(key, allowed);
    const hint = near === undefined ? `allowed are ${allowed.join(', ')}` : `did you mean "${near}"?`;
    this.faults.push({ path, message: `unknown condition; ${hint}`, isAboutKey: true });
  }

  #refuse(path: Path, message: string): undefined {
    this.faults.push({ path, message });
  }
}

function allOf(filters: readonly Filter[]): Filter | undefined {
  const [first, ...others] = filters;
  return others.length === 0 ? first : { kind: 'all', filters };
}

function comparison(kind: 'contains' | 'equals', texts: readonly string[]): TextTest {
  return { kind, texts, folded: texts.map((text) => folded(text.normalize('NFC'))) };
}

function textProblem(value: unknown, expected: string): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return 'expected a text; put it in quotes';
  if (typeof value !== 'string') return expected;
  if (value.trim() === '') return 'the text is empty, which everything would contain';
  return Buffer.byteLength(value) > maxTextBytes ? `a text has at most ${maxTextBytes} bytes` : undefined;
}

function isField(key: string): key is FilterField {
  return filterFields.some((field) => field === key);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
