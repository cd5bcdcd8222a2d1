// The one file that calls fast-xml-parser. It hands it a root element that is known to be well-formed and
// within limits, and gives back elements with names independent of prefixes, texts decoded once, and the
// xml:base and xml:lang that hold at each. Elements are made as they are asked for: most are never looked at.

import { XMLParser } from 'fast-xml-parser';
import { ParseError } from '../errors.ts';
import type { WholeDocument } from './completeness.ts';
import { localName } from './names.ts';
import { type Attributes, innerNamespaces, type Namespaces, nameOf, rootNamespaces } from './namespaces.ts';
import { type RawText, readRaw } from './raw-text.ts';
import { decoderFor, type ReferenceDecoder } from './references.ts';
import { resolveBase } from './url.ts';

/** What holds inside an element, inherited by those inside it. */
export interface Scope {
  readonly namespaces: Namespaces;
  /** What relative URLs are resolved against; absent when the document's own URL is unknown. */
  readonly base: string | undefined;
  readonly language: string | undefined;
  readonly document: { readonly decoder: ReferenceDecoder; readonly textElements: ReadonlySet<string> };
}

/** A node as the parser gives it: one key names it and holds what is inside, `:@` holds attributes. */
interface Node {
  readonly [name: string]: readonly Node[] | string | Attributes;
}

export interface XmlElement {
  /** See namespaces.ts. */
  readonly name: string;
  readonly scope: Scope;
  readonly attributes: Attributes;
  readonly nodes: readonly Node[];
  /** True when `nodes` holds one text, undecoded, with markup and CDATA as they stand. */
  readonly isRaw: boolean;
}

const noAttributes: Attributes = Object.freeze(Object.create(null));

// The parser refuses a whole document for one element of these names.
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Hardly any document has them, and renaming costs a call for each tag. */
function hasReserved(text: string): boolean {
  return /<(?:__proto__|constructor|prototype)\b/.test(text);
}

export interface XmlSource {
  readonly document: WholeDocument;
  readonly entities: Readonly<Record<string, string>>;
  readonly url: string;
  readonly maxDepth: number;
}

export function parseXml({ document, entities, url, maxDepth }: XmlSource): XmlElement {
  const decoder = decoderFor(entities);
  const [node] = runParser(document, decoder, maxDepth);
  const name = node === undefined ? '' : nameOfNode(node);
  if (node === undefined || name === '#text') throw new ParseError('invalid-xml', 'no root element was read');
  const attributes = attributesOf(node);
  const own = localName(name) === 'feed' ? 'atom' : '';
  const scope: Scope = {
    namespaces: rootNamespaces(name, attributes, own),
    base: resolveBase(attributes['@_xml:base'], url),
    language: attributes['@_xml:lang'],
    document: { decoder, textElements: document.textElements },
  };
  return elementOf(node, name, attributes, scope);
}

function runParser(document: WholeDocument, decoder: ReferenceDecoder, maxDepth: number): readonly Node[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '@_',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    jPath: false,
    ignorePiTags: true,
    maxNestedTags: maxDepth + 1,
    stopNodes: [...document.textElements].map((name) => `..${name}`),
    transformTagName: hasReserved(document.root) && ((name) => (reserved.has(name) ? `_${name}` : name)),
    processEntities: { enabled: true },
    entityDecoder: decoder,
  });
  try {
    return parser.parse(document.root);
  } catch (cause) {
    if (cause instanceof ParseError) throw cause;
    throw new ParseError('invalid-xml', `the XML parser gave up: ${String(cause).slice(0, 200)}`, { cause });
  }
}

/** The elements directly inside. */
export function childrenOf(parent: XmlElement): XmlElement[] {
  const children: XmlElement[] = [];
  if (parent.isRaw) return children;
  for (const node of parent.nodes) {
    const name = nameOfNode(node);
    if (name === '#text') continue;
    const attributes = attributesOf(node);
    children.push(elementOf(node, name, attributes, innerScope(parent.scope, attributes)));
  }
  return children;
}

export function childOf(parent: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(parent).find((child) => child.name === name);
}

/** The text inside, tags of inner elements left out, trimmed; `undefined` when there is none. */
export function textOf(element: XmlElement): string | undefined {
  const text = element.isRaw ? rawOf(element).value : innerText(element.nodes);
  return text.trim() || undefined;
}

/** What stands inside a text element, decoded, or as markup when it holds tags. */
export function rawOf(element: XmlElement): RawText {
  const { decoder } = element.scope.document;
  if (!element.isRaw) return { value: innerText(element.nodes), isMarkup: false, hasCdata: false };
  return readRaw(innerText(element.nodes), decoder.decode);
}

export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes[`@_${name}`]?.trim() || undefined;
}

function elementOf(node: Node, name: string, attributes: Attributes, scope: Scope): XmlElement {
  const inside = node[name];
  return {
    name: nameOf(name, scope.namespaces),
    scope,
    attributes,
    nodes: Array.isArray(inside) ? inside : [],
    isRaw: scope.document.textElements.has(name),
  };
}

function innerScope(outer: Scope, attributes: Attributes): Scope {
  if (attributes === noAttributes) return outer;
  let scope = outer;
  for (const name in attributes) {
    if (!name.startsWith('@_xml')) continue;
    if (name === '@_xml:base') scope = { ...scope, base: resolveBase(attributes[name], outer.base) };
    else if (name === '@_xml:lang') scope = { ...scope, language: attributes[name] };
    else if (scope.namespaces === outer.namespaces) {
      scope = { ...scope, namespaces: innerNamespaces(outer.namespaces, attributes) };
    }
  }
  return scope;
}

function nameOfNode(node: Node): string {
  for (const name in node) if (name !== ':@') return name;
  return '#text';
}

function attributesOf(node: Node): Attributes {
  const attributes = node[':@'];
  return isAttributes(attributes) ? attributes : noAttributes;
}

function isAttributes(value: Node[string] | undefined): value is Attributes {
  return typeof value === 'object' && !Array.isArray(value);
}

function innerText(nodes: readonly Node[]): string {
  let text = '';
  for (const node of nodes) {
    const name = nameOfNode(node);
    const inside = node[name];
    if (typeof inside === 'string') text += inside;
    else if (Array.isArray(inside)) text += innerText(inside);
  }
  return text;
}
