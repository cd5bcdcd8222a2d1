// What a draft is: a record while it is being filled. A reader collects what the document says, in any order; the
// record is made at the end (entry-draft.ts, feed-draft.ts). What a better source said first stays, and absent stays absent.

/** Every field of a record, still changeable, perhaps `undefined`. */
export type Draft<T> = { -readonly [K in keyof T]-?: T[K] | undefined };

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value, as exact optional fields want it. */
export function withoutAbsent<T extends object>(draft: T): Given<T> {
  const given: Given<T> = {};
  for (const key in draft) {
    const value = draft[key];
    if (isGiven(value)) given[key] = value;
  }
  return given;
}

function isGiven<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}
