// What a Content-Type header says: the media type and its charset parameter. Origins write this header
// in every shape, so reading never throws: what cannot be understood is absent. Labels are not judged here.
//
// RFC 9110 §8.3: media-type = type "/" subtype parameters. https://www.rfc-editor.org/rfc/rfc9110#section-8.3

export interface ContentType {
  /** `type/subtype`, lower case. */
  readonly mediaType?: string;
  readonly charsetParameter?: string;
}

/** How the charset of a media type is found: RFC 3023 treats the first two differently. */
export type MediaFamily = 'application-xml' | 'text-xml' | 'json' | 'other';

// One word, perhaps with `= value`. White space and commas separate too (`text/xml charset=utf-8`, two
// headers joined into one), and a quoted value may hold anything.
const word = /([^\s;,="']+)\s*(?:=\s*("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;,]*))?/g;

export function readContentType(header: string | undefined): ContentType {
  if (header === undefined) return {};
  let mediaType: string | undefined;
  let charsetParameter: string | undefined;
  for (const [, name = '', value] of header.matchAll(word)) {
    if (value === undefined) mediaType ??= name.includes('/') ? name.toLowerCase() : undefined;
    else if (name.toLowerCase() === 'charset') charsetParameter ??= cleanLabel(value);
  }
  return {
    ...(mediaType !== undefined && { mediaType }),
    ...(charsetParameter !== undefined && { charsetParameter }),
  };
}

// The longest label that any registry knows has 45 characters.
const longestLabel = 64;

/** What labels are made of: `iso_8859-1:1987`, `nf_z_62-010_(1973)`. */
const labelInside = /[a-z0-9](?:[\w.:+()-]*[a-z0-9)])?/;

/**
 * A charset label in lower case, without quotes, white space and what stands behind it; nothing when empty or absurdly
 * long. What holds no label stays as it is, so that nothing is guessed in its place.
 */
export function cleanLabel(raw: string): string | undefined {
  const said = raw.replace(/^[\s"'\\]+|[\s"'\\]+$/g, '').toLowerCase();
  const label = said.length > longestLabel ? '' : (labelInside.exec(said)?.[0] ?? said);
  return label === '' ? undefined : label;
}

export function mediaFamily(mediaType: string | undefined): MediaFamily {
  const [type = '', subtype = ''] = (mediaType ?? '').split('/');
  if (subtype === 'json' || subtype.endsWith('+json')) return 'json';
  // RFC 3023 §3.2, §3.4, §7: the entity and DTD types follow their families. https://www.rfc-editor.org/rfc/rfc3023#section-3
  const isXml = /^xml(-dtd|-external-parsed-entity)?$|\+xml$/.test(subtype);
  if (!isXml) return 'other';
  return type === 'text' ? 'text-xml' : 'application-xml';
}
