// The one file that calls fast-xml-parser. It hands it the skeleton of a root element that is known to be
// well-formed and within limits, puts back what stands aside of it, and gives elements with names independent of
// prefixes, texts decoded once, and the xml:base and xml:lang that hold at each. Elements are made as they are
// asked for: most are never looked at.

import { XMLParser } from 'fast-xml-parser';
import { ParseError } from '../errors.ts';
import type { WholeDocument } from './completeness.ts';
import { localName } from './names.ts';
import { type Attributes, innerNamespaces, type Namespaces, nameOf, rootNamespaces } from './namespaces.ts';
import {
  attributesOf,
  leavesOf,
  type Node,
  type NodeDocument,
  nameOfNode,
  noAttributes,
  textOfLeaf,
  textOfNodes,
  withPlainLines,
} from './nodes.ts';
import { type RawText, readRaw } from './raw-text.ts';
import { decoderFor, type ReferenceDecoder } from './references.ts';
import { resolveBase } from './url.ts';

/** What holds inside an element, inherited by those inside it. */
export interface Scope {
  readonly namespaces: Namespaces;
  /** What relative URLs are resolved against; absent when the document's own URL is unknown. */
  readonly base: string | undefined;
  readonly language: string | undefined;
  readonly document: NodeDocument;
}

export interface XmlElement {
  /** See namespaces.ts. */
  readonly name: string;
  readonly scope: Scope;
  readonly attributes: Attributes;
  readonly nodes: readonly Node[];
  /** The text of an element that holds nothing else, undecoded, with its markup and CDATA when it is raw. */
  readonly inside: string | undefined;
  /** A text element: what looks like elements inside is none. */
  readonly isRaw: boolean;
}

const noNodes: readonly Node[] = [];

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
    document: { decoder, textElements: document.textElements, skeleton: document.skeleton },
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
    commentPropName: '#comment',
    ignorePiTags: true,
    maxNestedTags: maxDepth + 1,
    transformTagName:
      hasReserved(document.skeleton.markup) && ((name) => (reserved.has(name) ? `_${name}` : name)),
    processEntities: { enabled: true },
    entityDecoder: decoder,
  });
  try {
    return parser.parse(document.skeleton.markup);
  } catch (cause) {
    if (cause instanceof ParseError) throw cause;
    throw new ParseError('invalid-xml', `the XML parser gave up: ${String(cause).slice(0, 200)}`, { cause });
  }
}

/** The elements directly inside. */
export function childrenOf({ isRaw, nodes, scope }: XmlElement): XmlElement[] {
  const children: XmlElement[] = [];
  if (isRaw) return children;
  for (const node of nodes) {
    const name = nameOfNode(node);
    if (name === '#text') continue;
    if (name === '#comment') {
      for (const leaf of leavesOf(node, scope.document)) {
        if (leaf.name !== undefined) children.push(leafElement(leaf.name, leaf.inside, scope));
      }
      continue;
    }
    const attributes = attributesOf(node);
    children.push(elementOf(node, name, attributes, innerScope(scope, attributes)));
  }
  return children;
}

export function childOf(parent: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(parent).find((child) => child.name === name);
}

/** The text inside, tags of inner elements left out, trimmed; `undefined` when there is none. */
export function textOf(element: XmlElement): string | undefined {
  const text = element.isRaw ? rawOf(element).value : innerText(element);
  return text.trim() || undefined;
}

/** What stands inside a text element, decoded, or as markup when it holds tags. */
export function rawOf(element: XmlElement): RawText {
  if (!element.isRaw) return { value: innerText(element), isMarkup: false, hasCdata: false };
  return readRaw(withPlainLines(element.inside ?? ''), element.scope.document.decoder.decode);
}

export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes[attributeKey(name)]?.trim() || undefined;
}

const attributeKeys = new Map<string, string>();

/** Readers ask for the same few names again and again; to put two strings together each time shows in profiles. */
function attributeKey(name: string): string {
  const known = attributeKeys.get(name);
  if (known !== undefined) return known;
  const key = `@_${name}`;
  attributeKeys.set(name, key);
  return key;
}

/** An attribute that a namespace qualifies, under whatever prefix: `rdf:about`. */
export function qualifiedAttributeOf(element: XmlElement, name: string): string | undefined {
  for (const key in element.attributes) {
    if (key.includes(':') && nameOf(key.slice(2), element.scope.namespaces) === name)
      return attributeOf(element, key.slice(2));
  }
  return undefined;
}

function elementOf(node: Node, name: string, attributes: Attributes, scope: Scope): XmlElement {
  const inner = node[name];
  const nodes = Array.isArray(inner) ? inner : [];
  const isRaw = scope.document.textElements.has(name);
  const [text] = isRaw ? leavesOf(nodes[0], scope.document) : [];
  return {
    name: nameOf(name, scope.namespaces),
    scope,
    attributes,
    nodes,
    inside: text?.inside,
    isRaw,
  };
}

/** One that the parser has not seen. */
function leafElement(name: string, inside: string, scope: Scope): XmlElement {
  return {
    name: nameOf(name, scope.namespaces),
    scope,
    attributes: noAttributes,
    nodes: noNodes,
    inside,
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

function innerText({ inside, nodes, scope }: XmlElement): string {
  return inside === undefined ? textOfNodes(nodes, scope.document) : textOfLeaf(inside, scope.document);
}
