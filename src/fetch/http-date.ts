// Reads the dates of HTTP header fields. All three forms of RFC 9110 are understood, whatever their case and
// weekday; anything else is `undefined`, never a guess and never the local time zone.
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const time = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`;
// Feeds write UTC and +0000 too; both mean GMT.
const zone = '(?:GMT|UTC|[+-]0000)';

/** IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`; the weekday may be missing. */
const fixed = new RegExp(
  String.raw`^(?:[a-z]{3}, *)?(?<day>\d{1,2}) (?<month>[a-z]{3}) (?<year>\d{4}) ${time} ${zone}$`,
  'i',
);
/** RFC 850, obsolete: `Sunday, 06-Nov-94 08:49:37 GMT`; some servers write the year in full. */
const rfc850 = new RegExp(
  String.raw`^[a-z]{3,9}, *(?<day>\d{1,2})-(?<month>[a-z]{3})-(?<year>\d{2}|\d{4}) ${time} ${zone}$`,
  'i',
);
/** asctime, obsolete: `Sun Nov  6 08:49:37 1994`, in UTC. */
const asctime = new RegExp(
  String.raw`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) ${time} (?<year>\d{4})$`,
  'i',
);

/** Epoch ms; `now` only decides the century of a two-digit year. */
export function parseHttpDate(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  const groups = (fixed.exec(trimmed) ?? rfc850.exec(trimmed) ?? asctime.exec(trimmed))?.groups;
  if (!groups) return undefined;
  const { day, month = '', year = '', hour, minute, second } = groups;
  return moment(
    fullYear(year, now),
    months.indexOf(month.toLowerCase()),
    [day, hour, minute, second].map(Number),
  );
}

function moment(
  year: number,
  month: number,
  [day = 0, hour = 0, minute = 0, second = 0]: number[],
): number | undefined {
  // A second of 60 is a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month, day));
  // Date.UTC carries 30 February over into March, and reads the years 0 to 99 as 19xx.
  if (midnight.getUTCDate() !== day || midnight.getUTCFullYear() !== year) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000;
}

// "A two-digit year that appears to be more than 50 years in the future" is the most recent past year
// with the same last two digits.
function fullYear(digits: string, now: number): number {
  if (digits.length > 2) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
