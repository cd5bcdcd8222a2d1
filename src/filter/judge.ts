// Whether a filter lets an entry through, and if not, because of which condition. Pure.

import type { Filter, TextTest } from './filter.ts';
import type { FilterSubject } from './subject.ts';
import { describeFilter, listOf, quoted, spanWords } from './words.ts';

export type Judgement = { readonly passes: true } | { readonly passes: false; readonly because: string };

const passes: Judgement = { passes: true };

export function judgeFilter(filter: Filter, subject: FilterSubject): Judgement {
  switch (filter.kind) {
    case 'all':
      return judgeAll(filter.filters, subject);
    case 'any':
      return judgeAny(filter.filters, subject);
    case 'not':
      return judgeFilter(filter.filter, subject).passes ? refused(describeFilter(filter.filter)) : passes;
    case 'text':
      return holds(filter.test, filter.field, subject) ? passes : refused(textObjection(filter));
    case 'age':
      return judgeAge(filter, subject.ageMs);
    default:
      return filter satisfies never;
  }
}

/** Conditions behind the first that does not hold are not asked. */
function judgeAll(filters: readonly Filter[], subject: FilterSubject): Judgement {
  for (const each of filters) {
    const judgement = judgeFilter(each, subject);
    if (!judgement.passes) return judgement;
  }
  return passes;
}

/** Each is asked once, or nesting would double the work level by level. */
function judgeAny(filters: readonly Filter[], subject: FilterSubject): Judgement {
  const objections: string[] = [];
  for (const each of filters) {
    const judgement = judgeFilter(each, subject);
    if (judgement.passes) return judgement;
    objections.push(judgement.because);
  }
  const [first = ''] = objections;
  return refused(
    objections.length === 1 ? first : `none holds of ${describeFilter({ kind: 'any', filters })}`,
  );
}

function refused(because: string): Judgement {
  return { passes: false, because };
}

function holds(test: TextTest, field: FilterText['field'], subject: FilterSubject): boolean {
  switch (test.kind) {
    case 'contains':
      return test.folded.some((text) => subject.foldedOf(field).some((each) => each.includes(text)));
    case 'equals':
      return test.folded.some((text) => subject.foldedOf(field).includes(text));
    case 'matches':
      return subject.textsOf(field).some((text) => test.pattern.test(text));
    case 'exists':
      return subject.textsOf(field).length > 0 === test.is;
    default:
      return test satisfies never;
  }
}

type FilterText = Extract<Filter, { kind: 'text' }>;

function textObjection({ field, test }: FilterText): string {
  switch (test.kind) {
    case 'contains':
      return test.texts.length === 1
        ? `${field} does not contain ${listOf(test.texts)}`
        : `${field} contains none of ${listOf(test.texts)}`;
    case 'equals':
      return `${field} is ${test.texts.length === 1 ? 'not' : 'none of'} ${listOf(test.texts)}`;
    case 'matches':
      return `${field} does not match ${quoted(test.pattern.source)}`;
    case 'exists':
      return test.is ? `it has no ${field}` : `it has ${field}`;
    default:
      return test satisfies never;
  }
}

function judgeAge({ underMs, overMs }: Extract<Filter, { kind: 'age' }>, ageMs: number): Judgement {
  const old = ageMs === 0 ? 'it is new' : `it is ${spanWords(ageMs)} old`;
  if (underMs !== undefined && ageMs >= underMs)
    return refused(`${old}, which is not under ${spanWords(underMs)}`);
  if (overMs !== undefined && ageMs <= overMs)
    return refused(`${old}, which is not over ${spanWords(overMs)}`);
  return passes;
}
