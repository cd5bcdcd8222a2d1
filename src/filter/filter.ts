// The tree of conditions that decides which entries an endpoint is told of.

/** What a condition looks at. `content` is the text without markup; lists hold if one of their items does. */
export const filterFields = [
  'title',
  'summary',
  'content',
  'url',
  'id',
  'author',
  'category',
  'language',
  'attachment',
  'feed',
  'label',
  'type',
] as const;

export type FilterField = (typeof filterFields)[number];

export type Filter =
  | { readonly kind: 'all' | 'any'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'text'; readonly field: FilterField; readonly test: TextTest }
  /** Of the entry, by its own date, when it was first seen; one without a date counts as new. */
  | { readonly kind: 'age'; readonly underMs?: number; readonly overMs?: number };

export type TextTest =
  /** One of the texts; upper and lower case are one, accents are not left out. */
  | {
      readonly kind: 'contains' | 'equals';
      readonly texts: readonly string[];
      /** In the form in which texts are compared. */
      readonly folded: readonly string[];
    }
  | { readonly kind: 'matches'; readonly pattern: Pattern }
  | { readonly kind: 'exists'; readonly is: boolean };

/** A regular expression whose time grows with the text alone. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}
