// How entries share the room of a body: evenly, and without writing down what will not be sent.

import { describe, expect, test } from '@jest/globals';
import { viewOf } from '../../../src/deliver/render/payload.ts';
import type { EventView } from '../../../src/deliver/render/rendered.ts';
import { bodyThatFits } from '../../../src/deliver/render/share.ts';
import { manyEvents } from './requests.ts';

const maxBytes = 65_536;

function written(views: readonly EventView[]): string {
  return JSON.stringify(views.map(({ payload }) => payload.data.entry));
}

describe('a batch of entries that are far too long', () => {
  const content = (index: number) => ({
    contentHtml: index === 7 ? '<p>short</p>' : `<p>${'<b>bold</b> words. '.repeat(3_000)}</p>`,
  });
  const views = manyEvents(100, content).map(viewOf);

  test('is never written whole', () => {
    const lengths: number[] = [];
    const body = bodyThatFits(views, maxBytes, (each) => {
      const text = written(each);
      lengths.push(text.length);
      return text;
    });
    expect(body.length).toBeLessThanOrEqual(maxBytes);
    expect(Math.max(...lengths)).toBeLessThan(4 * maxBytes);
    expect(written(views).length).toBeGreaterThan(50 * maxBytes);
  });

  test('has what there is room for, and short ones whole', () => {
    const body = bodyThatFits(views, 4 * maxBytes, written);
    expect(body.length).toBeGreaterThan(0.85 * 4 * maxBytes);
    const entries = JSON.parse(body.toString());
    expect(entries[7].content_html).toBe('<p>short</p>');
    const lengths = entries.map(({ content_text: text }: { content_text: string }) => text.length);
    const [shortest = 0] = lengths
      .filter((_: number, index: number) => index !== 7)
      .sort((a: number, b: number) => a - b);
    expect(shortest).toBeGreaterThan(1_000);
  });
});

test('one entry is tried whole, since a format may show little of it', () => {
  const [event] = manyEvents(1, () => ({ contentHtml: `<p>${'words '.repeat(5_000)}</p>` }));
  const body = bodyThatFits(
    [viewOf(event)],
    1_024,
    ([view]) => `${view?.payload.data.entry?.content_text?.length}`,
  );
  expect(body.toString()).toBe('29999');
});
