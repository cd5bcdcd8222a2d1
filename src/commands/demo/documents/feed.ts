// What the demo's origin publishes: feeds as their authors think of them, before any format or charset.
// The same records serve the crash test, which makes its entries from a seed.

export type DocumentFormat = 'atom' | 'rss' | 'rdf' | 'json-feed';
export type DocumentCharset = 'utf-8' | 'utf-16' | 'iso-8859-1' | 'windows-1252' | 'koi8-r';

/** How the document goes over the wire. */
export interface Packaging {
  readonly format: DocumentFormat;
  /** The charset that the bytes are really in. */
  readonly charset: DocumentCharset;
  /** The whole Content-Type field; its charset parameter, if any, is part of it. */
  readonly contentType: string;
  /** The encoding that the XML declaration names; absent: the declaration names none. */
  readonly declaredCharset?: string;
}

export interface DemoFeed {
  /** Also the id in the daemon's configuration. */
  readonly id: string;
  /** Path on the origin, with the leading slash. */
  readonly path: string;
  readonly title: string;
  readonly subtitle: string;
  readonly homePageUrl: string;
  readonly language: string;
  readonly author: string;
  readonly packaging: Packaging;
}

export interface DemoEnclosure {
  readonly url: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

export interface DemoEntry {
  readonly id: string;
  readonly url: string;
  /** Plain text. */
  readonly title: string;
  /** Plain text. */
  readonly summary?: string;
  /** Well-formed XHTML without named entities when the feed is Atom, any HTML elsewhere. */
  readonly html: string;
  readonly tags: readonly string[];
  readonly enclosure?: DemoEnclosure;
  /** Epoch ms. */
  readonly publishedAt: number;
}
