// A publisher with its articles, and a reader that polls it: archives where nothing is known, and what was told of it all.

import { expect } from '@jest/globals';
import type { DiffInput, EntryDiff } from '../../src/diff/diff.ts';
import type { Entry, Rung, Tombstone } from '../../src/model/entry.ts';
import { missedIn } from '../../src/poll/missed.ts';
import { documentOf, hour, post, Reader } from './reading.ts';

export interface Article {
  readonly name: string;
  readonly published: string | undefined;
  generation: number;
  text: number;
}

const dated = ({ text, published }: Article) => ({
  contentText: `Text ${text}`,
  ...(published !== undefined && { published }),
});

export class Publisher {
  readonly reader = new Reader();
  /** Newest first. */
  articles: Article[] = [];
  readonly removed: Article[] = [];
  readonly graves = new Map<Article, Tombstone>();
  readonly announced: string[] = [];
  readonly shown = new Set<string>();
  readonly sequences: number[] = [];
  withheld = 0;
  size = 8;
  scheme = 'http';
  identity: Rung | undefined;
  #count = 0;

  constructor() {
    this.show([]);
  }

  /** `age` in hours; a late one stands where its date belongs. */
  write(count: number, age: number, isDated: boolean): void {
    for (let n = 0; n < count; n++) {
      const seconds = this.reader.now - age * hour + n;
      const published = isDated ? new Date(seconds * 1000).toISOString() : undefined;
      const article = { name: `a${this.#count++}`, published, generation: 0, text: 0 };
      const at = this.articles.findIndex((other) => (other.published ?? '') <= (published ?? 'now'));
      this.articles.splice(at < 0 ? this.articles.length : at, 0, article);
    }
  }

  get window(): Article[] {
    return this.articles.slice(0, this.size);
  }

  at(place: number): Article | undefined {
    return this.window[place % Math.max(1, this.window.length)];
  }

  remove(place: number, isTold: boolean): void {
    const article = this.at(place);
    if (!article) return;
    this.articles = this.articles.filter((other) => other !== article);
    this.removed.push(article);
    const deletedAt = new Date(this.reader.now * 1000).toISOString();
    if (isTold) this.graves.set(article, { ref: this.entry(article).id ?? '', deletedAt });
  }

  /** Shown at once: a deleted entry that comes under a new id is a new one. */
  restore(): void {
    const article = this.removed.pop();
    if (!article) return;
    this.graves.delete(article);
    this.articles = [article, ...this.articles];
    this.show();
  }

  /**
   * All ids anew, and late articles among them. Of the articles that no document shows any more nothing is left, and the
   * operator does not override the rung at the same time.
   */
  reissue(): void {
    this.show();
    if (this.window.filter(({ name }) => this.shown.has(name)).length < 5) return;
    this.write(2, 6, true);
    this.articles = this.window;
    for (const article of this.articles) article.generation += 1;
    this.show();
  }

  entry(article: Article): Entry {
    const { name, generation } = article;
    return post(name, {
      id: `${this.scheme}://example.org/${name}/${generation}`,
      url: `${this.scheme}://example.org/${name}`,
      title: name,
      ...dated(article),
    });
  }

  show(articles = this.window, options: Partial<DiffInput> = {}): void {
    const { reader, identity } = this;
    const override = identity && { identity };
    const feed = {
      ...documentOf(articles.map((each) => this.entry(each))),
      tombstones: [...this.graves.values()],
    };
    const before = reader.memory;
    const diff = reader.read([], { feed, ...override, ...options });
    const hasGap = diff.known === 0 && before.entries.size > 0 && articles.length > 0 && !options.isPartial;
    for (const { name } of articles) this.shown.add(name);
    if (!hasGap) {
      this.#take(diff);
      return;
    }
    const missed = this.#missed(articles, before);
    reader.memory = before;
    const whole = { ...feed, entries: [...feed.entries, ...missed] };
    this.#take(reader.read([], { feed: whole, ...override }, 0));
  }

  /** The poll is lost before anything of it is stored. */
  crash(): void {
    const { memory } = this.reader;
    this.reader.read(this.window.map((each) => this.entry(each)));
    this.reader.memory = memory;
  }

  #missed(articles: Article[], before: Reader['memory']): Entry[] {
    const older = this.articles.filter((each) => !articles.includes(each));
    const found: Entry[] = [];
    for (let from = 0; from < older.length; from += this.size) {
      const archive = documentOf(older.slice(from, from + this.size).map((each) => this.entry(each)));
      const { identity } = this;
      const { entries, known, isHistory } = missedIn(archive, {
        before,
        after: this.reader.memory,
        identity,
      });
      found.push(...entries);
      for (const { title } of entries) this.shown.add(title ?? '');
      if (known > 0 || isHistory) break;
    }
    return found;
  }

  #take({ changes, withheld }: EntryDiff): void {
    this.withheld += withheld;
    for (const { type, entry, sequence } of changes) {
      this.sequences.push(sequence);
      if (type === 'entry.new') this.announced.push(entry.title ?? '');
      if (type !== 'entry.deleted') continue;
      // Without dates places alone count, and these publishers turn their lists round.
      const isListed = this.articles.some(
        ({ name, generation, published }) => published && entry.id?.endsWith(`/${name}/${generation}`),
      );
      expect([entry, isListed]).toEqual([entry, false]);
    }
  }
}
