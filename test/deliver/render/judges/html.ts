// Whether HTML is closed where it is opened, and has only the tags and attributes that a reader takes.

export interface HtmlRules {
  /** Absent: any tag. */
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly schemes: RegExp;
  /** References that the reader knows by name. */
  readonly references: readonly string[];
}

const voids = new Set(['area', 'br', 'col', 'hr', 'img', 'input', 'source', 'track', 'wbr']);
const tagForm = /<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;

export function htmlComplaints(html: string, rules: HtmlRules): string[] {
  const found: string[] = [];
  const open: string[] = [];
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
    tagForm.lastIndex = at;
    const match = tagForm.exec(html);
    if (!match) return [...found, `no tag: ${html.slice(at, at + 40)}`];
    at += match[0].length;
    const [, slash, name = '', attributes = '', selfClosed] = match;
    if (slash) {
      if (open.pop() !== name) return [...found, `</${name}> closes nothing`];
      continue;
    }
    found.push(...tagComplaints(name, attributes, rules));
    if (!voids.has(name) && !selfClosed) open.push(name);
  }
  return [...found, ...open.map((name) => `<${name}> is not closed`), ...referenceComplaints(html, rules)];
}

function tagComplaints(name: string, attributes: string, { tags, schemes }: HtmlRules): string[] {
  const found: string[] = [];
  if (tags && !Object.hasOwn(tags, name)) found.push(`<${name}> is not allowed`);
  for (const [, attribute = '', value = ''] of attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
    if (tags && !tags[name]?.includes(attribute)) found.push(`${attribute} of <${name}> is not allowed`);
    if (/^on/.test(attribute)) found.push(`${attribute} runs a script`);
    if (/^(?:href|src|cite|poster)$/.test(attribute) && !schemes.test(decoded(value))) {
      found.push(`link to ${value.slice(0, 40)}`);
    }
  }
  return found;
}

function referenceComplaints(html: string, { references }: HtmlRules): string[] {
  return [...html.matchAll(/&(?!#\d+;|#x[\da-f]+;)(\w*;?)/gi)].flatMap(([whole, name = '']) =>
    name.endsWith(';') && references.includes(name.slice(0, -1)) ? [] : [`reference ${whole}`],
  );
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** The text of HTML without its tags, for what counts characters. */
export function visibleText(html: string): string {
  return decoded(html.replace(/<[^<>]*>/g, ''));
}

function decoded(text: string): string {
  return text.replace(/&(lt|gt|quot);/g, (_, name: string) => named[name] ?? '').replaceAll('&amp;', '&');
}
