// FAULTS B19 and B20: what in an item could do something when it is shown. Links that are not absolute http(s), and HTML that
// holds anything but the tags and attributes of an article. An item for the eyes of a machine: ids are names, not links.

const urlNames = /^(?:url|external_url|image|avatar|license|\w+_url)$/;

/** Empty for an item that is safe to show; `content_raw` is the feed's own. */
export function dangers(value: unknown, path = 'item'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const here = `${path}.${name}`;
    if (name === 'content_html') return htmlDangers(String(each)).map((danger) => `${here}: ${danger}`);
    if (urlNames.test(name) && !isWebUrl(String(each))) return [`${here}: ${String(each).slice(0, 100)}`];
    return dangers(each, here);
  });
}

function isWebUrl(url: string): boolean {
  return /^https?:\/\/[^\s/]/.test(url) && URL.parse(url)?.href === url;
}

const active =
  /^(?:script|style|iframe|frame|object|embed|applet|form|input|button|select|textarea|link|meta|base|svg|math|template|noscript|title|plaintext|xmp)$/;
const urlAttributes = new Set(['href', 'src', 'cite', 'poster', 'action', 'formaction', 'data', 'srcset']);

/** Serialised HTML has a `<` only where a tag begins, and its attributes stand in quotation marks. */
export function htmlDangers(html: string): string[] {
  const tags = [...html.matchAll(/<\/?([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/g)];
  const rest =
    tags.length === 0 ? html : html.replaceAll(/<\/?[a-z][a-z0-9-]*(?:\s+[a-z-]+(?:="[^"]*")?)*\s*\/?>/g, '');
  const found = rest.includes('<') ? ['a < that is no tag'] : [];
  for (const [, name = '', attributes = ''] of tags) {
    if (active.test(name)) found.push(`<${name}>`);
    for (const [, attribute = '', value = ''] of attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
      if (attribute.startsWith('on') || attribute === 'style') found.push(`${attribute}=`);
      if (urlAttributes.has(attribute) && !/^(?:https?:\/\/|mailto:)/.test(value))
        found.push(value.slice(0, 100));
    }
  }
  return found;
}
