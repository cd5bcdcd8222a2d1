// What a feed asks of those who poll it: ttl, skipHours and skipDays of RSS 2.0, and the syndication module.
// https://www.rssboard.org/rss-specification#optionalChannelElements https://web.resource.org/rss/1.0/modules/syndication/

import type { DocumentHints } from '../model/feed.ts';
import { childrenOf, textOf, type XmlElement } from './xml.ts';

const periodMinutes: ReadonlyMap<string, number> = new Map([
  ['hourly', 60],
  ['daily', 24 * 60],
  ['weekly', 7 * 24 * 60],
  ['monthly', 30 * 24 * 60],
  ['yearly', 365 * 24 * 60],
]);

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads the hints among the elements of a channel. */
export function readHints(elements: readonly XmlElement[]): DocumentHints {
  const find = (name: string) => elements.find((element) => element.name === name);
  const ttlMinutes = readCount(find('ttl'));
  const syMinutes = readSyndication(find('sy:updateperiod'), find('sy:updatefrequency'));
  const skipHours = readList(find('skiphours'), readHour);
  const skipDays = readList(find('skipdays'), readDay);
  return {
    ...(ttlMinutes !== undefined && { ttlMinutes }),
    ...(syMinutes !== undefined && { syMinutes }),
    ...(skipHours.length > 0 && { skipHours }),
    ...(skipDays.length > 0 && { skipDays }),
  };
}

function readSyndication(
  period: XmlElement | undefined,
  frequency: XmlElement | undefined,
): number | undefined {
  if (period === undefined && frequency === undefined) return undefined;
  const minutes = periodMinutes.get((period && textOf(period)?.toLowerCase()) ?? 'daily');
  return minutes && minutes / (readCount(frequency) ?? 1);
}

function readCount(element: XmlElement | undefined): number | undefined {
  const text = element && textOf(element);
  return text !== undefined && /^\d{1,7}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

function readList(parent: XmlElement | undefined, read: (text: string) => number): number[] {
  const texts = parent === undefined ? [] : childrenOf(parent).map((child) => textOf(child) ?? '');
  return [...new Set(texts.map(read).filter((number) => number >= 0))];
}

/** RSS 0.92 counts hours from 1 to 24, RSS 2.0 from 0 to 23: 24 is midnight. */
function readHour(text: string): number {
  return /^\d{1,2}$/.test(text) && Number(text) <= 24 ? Number(text) % 24 : -1;
}

function readDay(text: string): number {
  return dayNames.indexOf(text.slice(0, 3).toLowerCase());
}
