// How a table says which element fills which field: `first` keeps what an earlier element said, `last` does
// not, `each` collects. A reader that gives `undefined` leaves the field to the next element.

import type { XmlElement } from './xml.ts';

export type Reader<T> = (element: XmlElement, record: T) => void;

/** Element name -> what it does to the record. */
export type ReaderTable<T> = ReadonlyMap<string, Reader<T>>;

export function table<T>(...rows: [string, Reader<T>][]): ReaderTable<T> {
  return new Map(rows);
}

export function first<K extends string, V>(
  field: K,
  read: (element: XmlElement) => V | undefined,
): Reader<{ [F in K]: V | undefined }> {
  return (element, record) => {
    if (record[field] === undefined) record[field] = read(element);
  };
}

/** The last one that says something counts. */
export function last<K extends string, V>(
  field: K,
  read: (element: XmlElement) => V | undefined,
): Reader<{ [F in K]: V | undefined }> {
  return (element, record) => {
    record[field] = read(element) ?? record[field];
  };
}

export function each<K extends string, V>(
  field: K,
  read: (element: XmlElement) => V | undefined,
): Reader<{ readonly [F in K]: (V | undefined)[] }> {
  return (element, record) => {
    record[field].push(read(element));
  };
}

/** The value counts when nothing better is said. */
export function fallback<K extends string, V>(
  field: K,
  read: (element: XmlElement) => V | undefined,
): Reader<{ readonly fallbacks: { [F in K]: V | undefined } }> {
  const set = first(field, read);
  return (element, { fallbacks }) => set(element, fallbacks);
}
