// Writes XML 1.0 from elements: names are ours, every text and attribute is escaped here, and characters that XML has no way
// to write are left out.

/** XML 1.0 §2.2. https://www.w3.org/TR/xml/#charsets */
const forbidden = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  // §2.4: `]]>` must not stand in a text.
  '>': '&gt;',
  '"': '&quot;',
  // §2.11 and §3.3.3: a parser would make spaces or line feeds of them.
  '\r': '&#13;',
};

const inAttributes: Readonly<Record<string, string>> = { ...references, '\n': '&#10;', '\t': '&#9;' };

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Without content it is written as empty; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes = {}, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value), inAttributes)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function textElement(name: string, text: string, attributes: Attributes = {}): string {
  return element(name, attributes, escaped(text, references));
}

/** A sign at a time, the ampersand first: HTML is full of them, and a function called for each costs more. */
function escaped(text: string, table: Readonly<Record<string, string>>): string {
  let made = text.toWellFormed().replace(forbidden, '');
  for (const [sign, reference] of Object.entries(table)) made = made.replaceAll(sign, reference);
  return made;
}
