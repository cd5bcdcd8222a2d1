// How one field of an item is written: absent when nothing is known, a text no longer than it may be, a link only when
// it is absolute and http or https. Objects are spread from these, so the order of the wire is that of the source.

import type { Person } from '../model/entry.ts';
import { itemsThatFit, jsonPrefix } from './json-size.ts';

/** Names, tags, languages, media types: no honest one comes near. */
export const maxNameBytes = 1024;
/** A dozen people; five such lists leave most of a body to the content. */
export const maxListBytes = 4096;

export interface ItemAuthor {
  readonly name?: string;
  readonly url?: string;
}

/** Entries that inherit the people of their feed have the very same ones. */
const authors = new WeakMap<Person, readonly ItemAuthor[]>();

/** Nobody for a person without anything to show. */
export function author(person: Person): readonly ItemAuthor[] {
  const known = authors.get(person);
  if (known !== undefined) return known;
  const shown = authorOf(person);
  authors.set(person, shown);
  return shown;
}

/** The address stands in for a name. */
function authorOf({ name, url, email }: Person): ItemAuthor[] {
  const shown = isBlank(name) ? email : name;
  const found = { ...text('name', shown, maxNameBytes), ...webUrl('url', url) };
  return isEmpty(found) ? [] : [found];
}

export function text<Name extends string>(
  name: Name,
  value: string | undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): Partial<Record<Name, string>> {
  return isBlank(value) ? {} : field(name, jsonPrefix(value, maxBytes));
}

export function webUrl<Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  const url = value === undefined ? undefined : webUrlOf(value);
  return url === undefined ? {} : field(name, url);
}

/** 0 means that the publisher did not know. */
export function positive<Name extends string>(
  name: Name,
  value: number | undefined,
): Partial<Record<Name, number>> {
  return value !== undefined && value > 0 ? count(name, value) : {};
}

/** From 0; what JSON has no number for is absent. */
export function count<Name extends string>(
  name: Name,
  value: number | undefined,
): Partial<Record<Name, number>> {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? field(name, value) : {};
}

/** Whole items only. Without a bound a feed's ten authors would be repeated by each of 5,000 events. */
export function bounded<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, itemsThatFit(items, maxListBytes).length);
}

export function list<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
): Partial<Record<Name, readonly Item[]>> {
  return items.length > 0 ? field(name, items) : {};
}

/** An object of which at least one field is known. */
export function group<Name extends string, Group extends object>(
  name: Name,
  fields: Group,
): Partial<Record<Name, Group>> {
  return isEmpty(fields) ? {} : field(name, fields);
}

/** `as`: TypeScript widens a computed name to `string`. */
function field<Name extends string, Value>(name: Name, value: Value): Partial<Record<Name, Value>> {
  return { [name]: value } as Partial<Record<Name, Value>>;
}

/** The URL in its one spelling; `undefined` when it is relative or of another scheme. */
export function webUrlOf(text: string): string | undefined {
  return /^https?:\/\//i.test(text) ? URL.parse(text)?.href : undefined;
}

export function isBeyond(value: string | undefined, maxBytes: number): boolean {
  return value !== undefined && jsonPrefix(value, maxBytes) !== value;
}

export function isBlank(value: string | undefined): value is undefined | '' {
  return value === undefined || !/\S/.test(value);
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}
