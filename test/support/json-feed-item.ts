// What JSON Feed 1.1 asks of an item (https://www.jsonfeed.org/version/1.1/#items), as a list of complaints.

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isUrl: Check = (value) => typeof value === 'string' && URL.canParse(value);
const isCount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isDate: Check = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  isDay(value.slice(0, 10));
/** `Date` takes 30 February for 2 March. */
const isDay = (day: string) => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const itemFields: Record<string, Check> = {
  id: (value) => isText(value) && value !== '',
  url: isUrl,
  external_url: isUrl,
  title: isText,
  content_html: isText,
  content_text: isText,
  summary: isText,
  image: isUrl,
  banner_image: isUrl,
  date_published: isDate,
  date_modified: isDate,
  authors: listOf(
    (value) => complaints(value, authorFields).length === 0 && hasAny(value, ['name', 'url', 'avatar']),
  ),
  tags: listOf(isText),
  language: isText,
  attachments: listOf(
    (value) => complaints(value, attachmentFields).length === 0 && hasAll(value, ['url', 'mime_type']),
  ),
};

const authorFields: Record<string, Check> = { name: isText, url: isUrl, avatar: isUrl };

const attachmentFields: Record<string, Check> = {
  url: isUrl,
  mime_type: isText,
  title: isText,
  size_in_bytes: isCount,
  duration_in_seconds: isCount,
};

/** Empty for a valid item. */
export function itemComplaints(item: unknown): string[] {
  const found = complaints(item, itemFields);
  if (!hasAll(item, ['id'])) found.push('id is missing');
  if (!hasAny(item, ['content_html', 'content_text'])) found.push('content_html or content_text is missing');
  return found;
}

/** Unknown names are for extensions, which begin with an underscore and are objects. */
function complaints(value: unknown, fields: Record<string, Check>): string[] {
  if (!isRecord(value)) return ['not an object'];
  return Object.entries(value).flatMap(([name, each]) => {
    if (/^_[a-z][^.]*$/i.test(name)) return isRecord(each) ? [] : [`${name} is not an object`];
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!check) return [`${name} is unknown`];
    return check(each) ? [] : [`${name} is not valid: ${JSON.stringify(each)}`];
  });
}

function hasAny(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.some((name) => name in value);
}

function hasAll(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.every((name) => name in value);
}
