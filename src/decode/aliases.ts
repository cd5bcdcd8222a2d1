// What programs call an encoding that a decoder knows by another name: the Mac pages as browsers and Python name
// them, and supersets of which no decoder is at hand. Holds names only; no encoding is guessed here.

/** The name that a decoder knows -> other names for it, or for what is nearly it. */
const names: Readonly<Record<string, string>> = {
  macintosh: 'x-macroman macosroman macos-roman',
  maccenteuro:
    'x-mac-ce mac-ce x-mac-centraleurroman x-mac-central-europe mac-centraleurope maccentraleurope mac-latin2 maclatin2',
  macgreek: 'x-mac-greek mac-greek',
  macturkish: 'x-mac-turkish mac-turkish',
  maciceland: 'x-mac-icelandic x-mac-iceland mac-iceland',
  maccroatian: 'x-mac-croatian mac-croatian',
  macromania: 'x-mac-romanian x-mac-romania macromanian',
  macthai: 'x-mac-thai mac-thai',
  // The Apple pages of East Asia differ from these in a few signs outside the alphabets.
  shift_jis: 'x-mac-japanese shift_jisx0213 shift-jisx0213 shift_jis-2004 shift_jis_2004 sjis-2004',
  'euc-kr': 'x-mac-korean uhc x-windows-949',
  big5: 'x-mac-chinesetrad x-mac-trad-chinese',
  gb18030: 'x-mac-chinesesimp x-mac-simp-chinese',
  // What goes beyond JIS X 0208 in these becomes U+FFFD.
  'euc-jp': 'euc-jis-2004 eucjis2004 eucjisx0213 euc-jisx0213',
  'iso-2022-jp': 'iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ext iso-2022-jp-2004',
  'windows-1252': 'ansi iso-latin-1 8859_1',
  'utf-8': 'utf8mb4 x-utf-8 utf-8-sig utf-8-bom utf8-bom cp65001',
  'utf-16le': 'ucs-2le',
  'utf-16be': 'ucs-2be',
  pt154: 'ptcp154 cp154 cyrillic-asian csptcp154',
  'us-ascii': '646',
};

const nameOf: ReadonlyMap<string, string> = new Map(
  Object.entries(names).flatMap(([name, others]) => others.split(' ').map((other) => [other, name] as const)),
);

/** `win-1251`, `windows1251`, `x-windows-1251`, `cp-1251` and the bare number. */
const windowsPage = /^(?:x-)?(?:windows|win|cp)?[-_]?(874|125[0-8])$/;

/** The label itself when it has no better name. */
export function usualName(label: string): string {
  return nameOf.get(label) ?? label.replace(windowsPage, 'windows-$1');
}
