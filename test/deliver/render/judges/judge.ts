// What a target thinks of a request, as a list of complaints; written from what the vendors say, and sharing nothing with the
// renderers that are judged. Each judge is shown bad requests in judges.test.ts.

export interface JudgedRequest {
  readonly body: Buffer;
  readonly contentType: string;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
}

/** What was asked of the renderer. */
export interface Asked {
  readonly maxBytes: number;
  readonly events: number;
  readonly isFallback: boolean;
  readonly content: 'none' | 'summary' | 'text' | 'html' | 'both';
  readonly requestId: string;
}

export type Judge = (request: JudgedRequest, asked: Asked) => string[];

type Tree = Readonly<Record<string, unknown>>;

/** A complaint for each claim that does not hold. */
export function refuse(claims: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(claims).flatMap(([claim, holds]) => (holds ? [] : [claim]));
}

/** Size and encoding, which every target has. */
export function bodyComplaints({ body }: JudgedRequest, { maxBytes }: Asked): string[] {
  return refuse({
    [`${body.length} bytes are at most ${maxBytes}`]: body.length <= maxBytes,
    'the body is UTF-8': isUtf8(body),
    'the body has something in it': body.length > 0,
  });
}

export function isUtf8(body: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
    return true;
  } catch {
    return false;
  }
}

/** The JSON of a request and what is wrong with every text in it, or no JSON. */
export function jsonOf(request: JudgedRequest, asked: Asked): { json: Tree; complaints: string[] } {
  const complaints = bodyComplaints(request, asked);
  try {
    const json = JSON.parse(request.body.toString('utf8'));
    return { json, complaints: [...complaints, ...textsOf(json).flatMap(surrogateComplaints)] };
  } catch {
    return { json: {}, complaints: [...complaints, 'the body is JSON'] };
  }
}

/** Every string in a tree, keys too. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...textsOf(each)]);
}

function surrogateComplaints(text: string): string[] {
  return text.isWellFormed() ? [] : [`half a character in ${JSON.stringify(text.slice(0, 40))}`];
}

/** Of what people read: nothing that hides, rings or turns the rest of the line. */
export function readableComplaints(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [
    ...(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)
      ? [`control character in ${shown(text)}`]
      : []),
    ...(/[\u202a-\u202e\u2066-\u2069]/.test(text) ? [`open direction in ${shown(text)}`] : []),
    ...(/[\u2028\u2029]/.test(text) ? [`line separator in ${shown(text)}`] : []),
    ...(/(?:\ud83c[\udde6-\uddff])?…/.exec(text)?.[0].length === 3 && halfFlag(text)
      ? [`half a flag in ${shown(text)}`]
      : []),
    ...(/\u200d…/.test(text) ? [`half a family in ${shown(text)}`] : []),
  ]);
}

/** An odd number of regional indicators before the ellipsis. */
function halfFlag(text: string): boolean {
  const indicators = /((?:\ud83c[\udde6-\uddff])+)…/.exec(text)?.[1] ?? '';
  return (indicators.length / 2) % 2 === 1;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

export function isWebUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[^\s]+$/.test(value) && URL.canParse(value);
}

/** Code points, the "characters" of most vendors. */
export function characters(text: unknown): number {
  return typeof text === 'string' ? [...text].length : Number.POSITIVE_INFINITY;
}

export function bytes(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : Number.POSITIVE_INFINITY;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : [];
}

export const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
  Number.isFinite(Date.parse(value));
