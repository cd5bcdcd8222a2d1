// The tree that fast-xml-parser makes of a skeleton, and what stands aside of it: names, attributes and texts of
// its nodes. Knows neither namespaces nor what an element means.

import type { Attributes } from './namespaces.ts';
import { onlyCdata } from './raw-text.ts';
import type { ReferenceDecoder } from './references.ts';
import { type Leaf, leavesBehind, type Skeleton } from './skeleton.ts';

/** A node as the parser gives it: one key names it and holds what is inside, `:@` holds attributes. */
export interface Node {
  readonly [name: string]: readonly Node[] | string | Attributes;
}

/** What all nodes of a document share. */
export interface NodeDocument {
  readonly decoder: ReferenceDecoder;
  readonly textElements: ReadonlySet<string>;
  readonly skeleton: Skeleton;
}

export const noAttributes: Attributes = Object.freeze(Object.create(null));

export function nameOfNode(node: Node): string {
  for (const name in node) if (name !== ':@') return name;
  return '#text';
}

export function attributesOf(node: Node): Attributes {
  const attributes = node[':@'];
  return isAttributes(attributes) ? attributes : noAttributes;
}

function isAttributes(value: Node[string] | undefined): value is Attributes {
  return typeof value === 'object' && !Array.isArray(value);
}

/** What stands aside in the place of a comment. */
export function leavesOf(node: Node | undefined, { skeleton }: NodeDocument): readonly Leaf[] {
  const inside = node?.['#comment'];
  const range = Array.isArray(inside) ? inside[0]?.['#text'] : undefined;
  return typeof range === 'string' ? leavesBehind(range, skeleton) : [];
}

export function textOfNodes(nodes: readonly Node[], document: NodeDocument): string {
  let text = '';
  for (const node of nodes) {
    const name = nameOfNode(node);
    const inside = node[name];
    if (name === '#comment') {
      for (const leaf of leavesOf(node, document)) {
        text += textOfLeaf(leaf.inside, document);
      }
    } else if (typeof inside === 'string') text += inside;
    else if (Array.isArray(inside)) text += textOfNodes(inside, document);
  }
  return text;
}

/** What the parser would have made of it: the parser trims, then decodes, and takes CDATA as it is. */
export function textOfLeaf(inside: string, { decoder }: NodeDocument): string {
  const text = withPlainLines(inside);
  return onlyCdata(text) ?? decoder.decode(text.trim());
}

/** XML 1.0 §2.11: a line ends with a line feed. https://www.w3.org/TR/xml/#sec-line-ends */
export function withPlainLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
