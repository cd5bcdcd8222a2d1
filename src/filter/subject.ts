// What filters look at, read once for all of them: texts cut to a bound, in the one form in which texts are compared.

import type { FilterField } from './filter.ts';

/** Of each text as many characters are looked at. */
export const maxSubjectChars = 65_536;

export interface SubjectSource {
  textsOf(field: FilterField): readonly string[];
  /** Of the entry, in ms; 0 for one without a date. */
  ageMs(): number;
}

export class FilterSubject {
  readonly #source: SubjectSource;
  readonly #texts = new Map<FilterField, readonly string[]>();
  readonly #folded = new Map<FilterField, readonly string[]>();
  #ageMs: number | undefined;

  constructor(source: SubjectSource) {
    this.#source = source;
  }

  /** Without those that are blank. */
  textsOf(field: FilterField): readonly string[] {
    return remembered(this.#texts, field, () =>
      this.#source
        .textsOf(field)
        .map((text) => text.slice(0, maxSubjectChars).normalize('NFC'))
        .filter((text) => text.trim() !== ''),
    );
  }

  /** The same, folded. */
  foldedOf(field: FilterField): readonly string[] {
    return remembered(this.#folded, field, () => this.textsOf(field).map(folded));
  }

  get ageMs(): number {
    this.#ageMs ??= this.#source.ageMs();
    return this.#ageMs;
  }
}

function remembered<T>(known: Map<FilterField, T>, field: FilterField, read: () => T): T {
  const before = known.get(field);
  if (before !== undefined) return before;
  const value = read();
  known.set(field, value);
  return value;
}

/**
 * Equal for texts that differ in case alone; accents count. By way of the capitals, since only they show that ß is ss and
 * that the two small sigmas are one letter (Unicode 5.18, caseless matching).
 */
export function folded(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}
