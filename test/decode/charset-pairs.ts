// FAULTS C04, the golden table: what the header names, what the declaration names, a text that each of the two writes in
// its own way, and the charset that must come out. The header wins.

export const charsetPairs = [
  ['utf-8', 'iso-8859-1', 'Grüße', 'utf-8'],
  ['utf-8', 'shift_jis', '日本', 'utf-8'],
  ['iso-8859-1', 'utf-8', 'Grüße', 'windows-1252'],
  ['windows-1252', 'utf-8', 'it’s', 'windows-1252'],
  ['windows-1251', 'koi8-r', 'Привет', 'windows-1251'],
  ['koi8-r', 'windows-1251', 'Привет', 'koi8-r'],
  ['shift_jis', 'euc-jp', '日本', 'shift_jis'],
  ['euc-jp', 'shift_jis', '日本', 'euc-jp'],
  ['gbk', 'big5', '今日', 'gb18030'],
  ['big5', 'gb2312', '今日', 'big5'],
  ['euc-kr', 'utf-8', '한국', 'euc-kr'],
  ['iso-8859-2', 'iso-8859-1', 'kůň', 'iso-8859-2'],
  ['iso-8859-15', 'utf-8', '5 €', 'iso-8859-15'],
  ['cp437', 'utf-8', 'é½', 'cp437'],
  ['utf-16le', 'utf-8', 'Grüße', 'utf-16le'],
  ['utf-16be', 'iso-8859-1', 'Grüße', 'utf-16be'],
] as const;
