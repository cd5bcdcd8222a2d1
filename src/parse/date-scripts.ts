// Rewrites a date of another script so that the patterns of date.ts fit it: digits, the signs that East Asia puts
// behind year, month and day, and its words for the halves of the day. Does not read the date, and knows no other calendar.

/** Zero of each script whose digits feeds write; the other nine follow it. Full-width ones go with normalisation. */
const zeros = [...'٠۰०০੦૦௦౦೦൦๐໐၀០'].map((zero) => zero.charCodeAt(0));

const clock = String.raw`\s*(\d{1,2}:\d\d(?::\d\d)?)`;
const morning = new RegExp(`(?:오전|上午|午前)${clock}`);
const afternoon = new RegExp(`(?:오후|下午|午後)${clock}`);

/** The same text when it is Latin already, as nearly all are. */
export function inLatin(date: string): string {
  if (isAscii.test(date)) return date;
  return date
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, latinDigit)
    .replaceAll('\u2212', '-')
    .replace(/(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]/, '$1-$2-$3 ')
    .replace(/(\d{1,2})\s*[時时시]\s*(\d\d)\s*[分분]/, '$1:$2 ')
    .replace(morning, '$1 am')
    .replace(afternoon, '$1 pm');
}

const isAscii = /^[\0-\x7f]*$/;

function latinDigit(digit: string): string {
  const code = digit.charCodeAt(0);
  const zero = zeros.find((each) => code >= each && code < each + 10);
  return zero === undefined ? digit : String(code - zero);
}
