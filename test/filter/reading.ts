// Reads a filter as feeds.yaml would, and asks it about an entry that is varied field by field.

import { parseDuration } from '../../src/config/duration.ts';
import { nearMiss } from '../../src/config/near-miss.ts';
import type { Filter } from '../../src/filter/filter.ts';
import { type Judgement, judgeFilter } from '../../src/filter/judge.ts';
import { type FilterFault, parseFilter } from '../../src/filter/parse.ts';
import { FilterSubject } from '../../src/filter/subject.ts';

const reading = { spanMs: parseDuration, nearMiss };

export function filterOf(value: unknown): Filter {
  const { filter, faults } = parseFilter(value, reading);
  if (!filter) throw new Error(faults.map(({ message }) => message).join('; '));
  return filter;
}

/** `any[0].title: message` */
export function faultsOf(value: unknown): string[] {
  return parseFilter(value, reading).faults.map(line);
}

function line({ path, message }: FilterFault): string {
  return `${path.join('.')}: ${message}`;
}

/** Absent fields have no texts. */
export function subjectOf(
  fields: Readonly<Partial<Record<string, readonly string[]>>>,
  ageMs = 0,
): FilterSubject {
  return new FilterSubject({ textsOf: (field) => fields[field] ?? [], ageMs: () => ageMs });
}

export function judge(value: unknown, subject: FilterSubject): Judgement {
  return judgeFilter(filterOf(value), subject);
}
