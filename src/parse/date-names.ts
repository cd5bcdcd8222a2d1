// The words of dates: names of months in the languages that feeds use, and names of time zones with what
// they mean. Ambiguous zone names mean what RFC 822 says, else what most feeds mean by them.

/** Month -> beginnings of its names, without accents, lower case; the first that fits wins. */
const monthBeginnings: readonly (readonly string[])[] = [
  // English, German, French, Spanish, Italian, Portuguese, Dutch | Nordic, Polish, Czech, Turkish | Greek, Russian
  ['jan', 'jän', 'ene', 'gen', 'sty', 'led', 'oca', 'ιαν', 'янв', 'sij'],
  ['feb', 'fev', 'fév', 'lut', 'uno', 'şub', 'sub', 'φεβ', 'фев'],
  ['mar', 'mär', 'mrz', 'mrt', 'maa', 'μαρ', 'μάρ', 'мар', 'bre'],
  ['apr', 'avr', 'abr', 'ápr', 'kwi', 'dub', 'nis', 'απρ', 'апр'],
  ['mai', 'may', 'mag', 'mei', 'maj', 'máj', 'μαι', 'μάι', 'μαϊ', 'мая', 'май', 'kve'],
  ['jun', 'jún', 'juin', 'giu', 'cze', 'haz', 'ιουν', 'июн'],
  ['jul', 'júl', 'juil', 'lug', 'lip', 'tem', 'ιουλ', 'июл'],
  ['aug', 'aou', 'aoû', 'ago', 'sie', 'srp', 'ağu', 'agu', 'αυγ', 'авг'],
  ['sep', 'set', 'sze', 'wrz', 'zar', 'zář', 'eyl', 'σεπ', 'сен'],
  ['oct', 'okt', 'ott', 'out', 'paz', 'paź', 'rij', 'eki', 'οκτ', 'окт'],
  ['nov', 'lis', 'kas', 'νοε', 'ноя'],
  ['dec', 'dez', 'dic', 'déc', 'des', 'gru', 'pro', 'ara', 'δεκ', 'дек'],
].map((beginnings) => beginnings.map(bare));

/** What nearly all feeds write. */
const english: ReadonlyMap<string, number> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, at) => [
    name,
    at + 1,
  ]),
);

/** 1 to 12. */
export function monthNumber(name: string | undefined): number | undefined {
  if (name === undefined || name.length < 3) return undefined;
  const known = english.get(name);
  if (known !== undefined) return known;
  const word = bare(name);
  const at = monthBeginnings.findIndex((beginnings) =>
    beginnings.some((beginning) => word.startsWith(beginning)),
  );
  return at === -1 ? undefined : at + 1;
}

function bare(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

/** Hours east of UTC. RFC 822 §5.1 names the first line; the rest is custom. */
const zoneHours: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ ut: 0, gmt: 0, z: 0, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
    ...{ utc: 0, wet: 0, west: 1, bst: 1, ist: 5.5, cet: 1, cest: 2, met: 1, mest: 2, mez: 1, mesz: 2 },
    ...{ eet: 2, eest: 3, msk: 3, msd: 4, sast: 2, trt: 3, pkt: 5, wib: 7, sgt: 8, hkt: 8, awst: 8 },
    ...{ jst: 9, kst: 9, acst: 9.5, acdt: 10.5, aest: 10, aedt: 11, nzst: 12, nzdt: 13, hst: -10 },
    ...{ akst: -9, akdt: -8, ast: -4, adt: -3, nst: -3.5, ndt: -2.5, brt: -3, brst: -2, art: -3, clt: -4 },
  }),
);

/** American names that leave open whether it is summer. */
const zonePlaces: ReadonlyMap<string, string> = new Map([
  ['et', 'America/New_York'],
  ['ct', 'America/Chicago'],
  ['mt', 'America/Denver'],
  ['pt', 'America/Los_Angeles'],
]);

/** Minutes east of UTC; none for what is no zone. `local` is the time on that zone's clock, without offset. */
export function zoneOffset(zone: string | undefined, local: string): number | undefined {
  const text = zone?.trim() ?? '';
  if (text === '' || text === 'Z' || text === 'GMT') return 0;
  const numeric = /([+-])(\d{1,2}):?(\d\d)?(?!\d)/.exec(text);
  if (numeric !== null) return numericOffset(numeric);
  const place = text.includes('/') ? text.replace(/^[[(]|[\])]$/g, '') : zonePlaces.get(text.toLowerCase());
  if (place !== undefined) return offsetOfPlace(place, local);
  const name = /^\(?([a-z]+)/i.exec(text)?.[1] ?? '';
  // An unknown name is no reason to lose the date: military letters are UTC too (RFC 2822 §4.3).
  return (zoneHours.get(name.toLowerCase()) ?? 0) * 60;
}

function numericOffset([, sign, hours, minutes = '0']: RegExpExecArray): number | undefined {
  const size = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59) return undefined;
  return sign === '-' ? -size : size;
}

/** By the zone data of the runtime; a place it does not know is UTC. */
function offsetOfPlace(timeZone: string, local: string): number {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    const shown =
      format.formatToParts(new Date(`${local}Z`)).find((part) => part.type === 'timeZoneName')?.value ?? '';
    const match = /([+-])(\d\d):(\d\d)/.exec(shown);
    return match === null ? 0 : (numericOffset(match) ?? 0);
  } catch {
    return 0;
  }
}
