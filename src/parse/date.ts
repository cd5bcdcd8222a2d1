// Reads a feed's date, in whatever shape, into RFC 3339 with the offset that the feed gave. A date without a
// zone is UTC. What names no real moment (year 0, the 31st of February, epoch numbers) is no date at all:
// an absent date is honest, a guessed one moves entries. Wrong weekdays are ignored.
// RFC 3339; RFC 5322 §3.3; W3CDTF; asctime. https://www.rfc-editor.org/rfc/rfc3339#section-5.6

import { monthNumber, zoneOffset } from './date-names.ts';
import { inLatin } from './date-scripts.ts';

/** A date and time on some clock; which one, the zone says. */
interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const maxDateLength = 80;

/** For example `2026-11-20T09:00:00+01:00`. */
export function readDate(text: string | undefined): string | undefined {
  const date = text?.trim();
  if (!date || date.length > maxDateLength) return undefined;
  const latin = inLatin(date);
  return readInternetDate(latin) ?? readMailDate(latin) ?? readLooseDate(latin);
}

const internetDate =
  /^([+-]?\d{4})(?:-0?(\d\d?)(?:-0?(\d\d?))?)?(?:(?:[Tt]|\s+)(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(.*))?$/;
const compactDate = /^(\d{4})(\d\d)(\d\d)(?:[Tt]?(\d\d):?(\d\d)(?::?(\d\d))?\s*(.*))?$/;

/** RFC 3339 and the shorter dates of W3CDTF; `1 2026` of them all may have blanks for the T. */
function readInternetDate(text: string): string | undefined {
  const match = internetDate.exec(text) ?? compactDate.exec(text);
  if (match === null) return undefined;
  const [, year, month = '1', day = '1', said, minute, second, rest] = match;
  const { hour, zone } = readRest(said, rest);
  return write(moment(year, Number(month), day, hour, minute, second), zone);
}

const mailDate =
  /^(?:[^\d\s,]+[,\s]\s*)?(\d{1,2})(?:st|nd|rd|th)?[\s./-]+([^\d\s,./-]+)[.,]?[\s/-]+(\d{2,4}),?(?:\s+(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:\.\d+)?)?\s*(.*))?$/u;

/** RFC 822 and its descendants: `Fri, 20 Nov 26 09:00 EST`. */
function readMailDate(text: string): string | undefined {
  const match = mailDate.exec(text);
  const month = monthNumber(match?.[2]);
  if (match === null || month === undefined) return undefined;
  const [, day, , year, said, minute, second, rest] = match;
  const { hour, zone } = readRest(said, rest);
  return write(moment(fullYear(year), month, day, hour, minute, second), zone, mostMailMinutes);
}

const halfMark = /^([ap])\.?m\b\.?/i;

/** What stands behind a time: perhaps which half of the day it is, then the zone. */
function readRest(hour: Part, rest = ''): { readonly hour: Part; readonly zone: string } {
  const half = halfMark.exec(rest);
  if (half === null) return { hour, zone: rest };
  return { hour: halfDay(Number(hour), half[1]), zone: rest.slice(half[0].length) };
}

// RFC 5322 §3.3: a mail's zone may be anything from -9959 to +9959. https://www.rfc-editor.org/rfc/rfc5322#section-3.3
const mostMailMinutes = 99 * 60 + 59;
const mostMinutes = 23 * 60 + 59;

const clockTime = /(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap])?(?:\.?m\b\.?)?/i;

/** Everything else: the time is cut out, then the date is looked for in what stands around it. */
function readLooseDate(text: string): string | undefined {
  const time = clockTime.exec(text);
  const before = time === null ? text : text.slice(0, time.index);
  const after = time === null ? '' : text.slice(time.index + time[0].length);
  // asctime has its year behind the time, perhaps behind an offset too.
  const date = findDate(before) ?? findDate(`${before} ${after.replace(/[+-]\d{4}\b/, '')}`);
  if (date === undefined) return undefined;
  const hour = halfDay(Number(time?.[1] ?? 0), time?.[4]);
  const zone = after.replace(/(?<![+-]|[+-]\d\d?)\b\d{4}\b/, '').trim();
  return write(moment(date.year, date.month, date.day, hour, time?.[2], time?.[3]), zone);
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function findDate(text: string): Day | undefined {
  return findNumericDate(text) ?? findNamedDate(text);
}

function findNumericDate(text: string): Day | undefined {
  const ordered = /\b(\d{4})[-/.]\s?(\d{1,2})[-/.]\s?(\d{1,2})\b/.exec(text);
  if (ordered !== null) return day(ordered[1], ordered[2], ordered[3]);
  const local = /\b(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)\b/.exec(text);
  if (local === null) return undefined;
  const [, first, separator, second, year] = local;
  // ISO 8601 once allowed years of two digits.
  if (separator === '-' && first?.length === 2 && year?.length === 2)
    return day(fullYear(first), second, year);
  // 20.11.2026 is a day first; with slashes the American order holds unless it cannot.
  const isDayFirst = separator === '.' || Number(first) > 12;
  return isDayFirst ? day(fullYear(year), second, first) : day(fullYear(year), first, second);
}

/** `November 20, 2026`, `Fri Nov 20 2026`, `2026-július-13`: a month's name with numbers round it. */
function findNamedDate(text: string): Day | undefined {
  const month = text
    .match(/[\p{L}\p{M}]+/gu)
    ?.map(monthNumber)
    .findLast((number) => number !== undefined);
  const numbers = text.match(/\d+/g) ?? [];
  const year = numbers.find((number) => number.length === 4) ?? numbers[1];
  const dayOfMonth = numbers.find((number) => number !== year && number.length <= 2) ?? '1';
  return month === undefined || year === undefined ? undefined : day(fullYear(year), month, dayOfMonth);
}

function day(
  year: string | number | undefined,
  month: string | number | undefined,
  date: string | undefined,
): Day {
  return { year: Number(year), month: Number(month), day: Number(date) };
}

// RFC 2822 §4.3: 00-49 is 2000-2049, 50-99 and three digits count from 1900.
function fullYear(year: string | undefined): number {
  const number = Number(year);
  if (year === undefined || year.length >= 4) return number;
  return year.length === 2 && number < 50 ? number + 2000 : number + 1900;
}

function halfDay(hour: number, half: string | undefined): number {
  if (half === undefined || hour > 12) return hour;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

type Part = string | number | undefined;

function moment(year: Part, month: number, date: Part, hour: Part, minute: Part, second: Part): Moment {
  return {
    year: Number(year),
    month,
    day: Number(date),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  };
}

function write(date: Moment, zone: string | undefined, most = mostMinutes): string | undefined {
  if (!isReal(date)) return undefined;
  const shown = date.hour === 24 ? nextMidnight(date) : date;
  const { year, month, day, hour, minute, second } = shown;
  // A leap second is shown as the last one that clocks have.
  const local = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(Math.min(second, 59))}`;
  const offset = zoneOffset(zone, local);
  if (offset === undefined || Math.abs(offset) > most) return undefined;
  return Math.abs(offset) > mostMinutes ? inUtc(local, offset) : local + formatOffset(offset);
}

/** For an offset that RFC 3339 cannot write. */
function inUtc(local: string, offset: number): string {
  return new Date(Date.parse(`${local}Z`) - offset * 60_000).toISOString().replace('.000Z', 'Z');
}

function nextMidnight({ year, month, day }: Moment): Moment {
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  return moment(next.getUTCFullYear(), next.getUTCMonth() + 1, next.getUTCDate(), 0, 0, 0);
}

/** The year 1 is the default of some software, and 9999 is "never". */
function isReal({ year, month, day, hour, minute, second }: Moment): boolean {
  const isDay =
    year >= 1000 && year < 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return isDay && minute < 60 && second <= 60 && (hour < 24 || (hour === 24 && minute === 0 && second === 0));
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
