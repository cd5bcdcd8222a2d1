// The three forms in which HTTP writes a moment, written by hand so that the program's reader is not judged by
// itself. RFC 9110 §5.6.7: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function fixdate(date: Date): string {
  return date.toUTCString();
}

/** `Sunday, 06-Nov-94 08:49:37 GMT` */
export function rfc850(date: Date): string {
  const [, day, month, year = ''] = fixdate(date).split(' ');
  const weekday = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  return `${weekday}, ${day}-${month}-${year.slice(2)} ${time(date)} GMT`;
}

/** `Sun Nov  6 08:49:37 1994` */
export function asctime(date: Date): string {
  const [weekday = '', , month, year] = fixdate(date).split(' ');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${weekday.slice(0, 3)} ${month} ${day} ${time(date)} ${year}`;
}

const time = (date: Date) => date.toISOString().slice(11, 19);
