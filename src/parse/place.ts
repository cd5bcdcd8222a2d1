// Where an entry is about: GeoRSS in its simple and its GML form, and the W3C's geo vocabulary. Only points;
// lines, boxes and areas are no place that a pin could mark. https://www.ogc.org/standards/georss
// https://www.w3.org/2003/01/geo/

import type { EntryDraft } from './entry-draft.ts';
import { type Point, pointOf } from './extras.ts';
import { type Reader, type ReaderTable, table } from './readers.ts';
import { collapse } from './text.ts';
import { childOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export const placeReaders: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['georss:point', readPoint],
  ['georss:where', readWhere],
  ['gml:point', readGmlPoint],
  ['geo:lat', coordinate('latitude')],
  ['geo:long', coordinate('longitude')],
  ['geo:point', readGeoPoint],
  ['georss:featurename', readName],
);

function readPoint(element: XmlElement, { extras }: EntryDraft): void {
  extras.point ??= parsePoint(textOf(element));
}

function readWhere(element: XmlElement, entry: EntryDraft): void {
  const point = childOf(element, 'gml:point');
  if (point) readGmlPoint(point, entry);
}

function readGmlPoint(element: XmlElement, entry: EntryDraft): void {
  const position = childOf(element, 'gml:pos');
  if (position) readPoint(position, entry);
}

function readGeoPoint(element: XmlElement, entry: EntryDraft): void {
  for (const child of childrenOf(element)) {
    if (child.name === 'geo:lat' || child.name === 'geo:long') placeReaders.get(child.name)?.(child, entry);
  }
}

function coordinate(axis: 'latitude' | 'longitude'): Reader<EntryDraft> {
  return (element, { extras }) => {
    extras[axis] ??= degrees(textOf(element));
  };
}

function readName(element: XmlElement, { extras }: EntryDraft): void {
  extras.placeName ??= collapse(textOf(element) ?? '') || undefined;
}

/** `45.256 -71.92`: latitude first, white space between; a comma is common. gml:pos may add a height. */
function parsePoint(text: string | undefined): Point | undefined {
  const parts = (text ?? '').slice(0, 200).split(/[\s,]+/);
  return parts.length === 2 || parts.length === 3 ? pointOf(degrees(parts[0]), degrees(parts[1])) : undefined;
}

function degrees(text: string | undefined): number | undefined {
  return text !== undefined && /^[-+]?\d{1,3}(?:\.\d{0,20})?$/.test(text) ? Number(text) : undefined;
}
