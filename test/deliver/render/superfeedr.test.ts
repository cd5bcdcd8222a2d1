import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../../src/model/entry.ts';
import { deletion, label } from '../../outbox/sample.ts';
import { eventOf, jsonOf, pingEvent } from './requests.ts';

const itemOf = (...request: Parameters<typeof eventOf>) => jsonOf('superfeedr', eventOf(...request)).items[0];

describe('the notification of Superfeedr', () => {
  test('times are Unix seconds', () => {
    expect(itemOf()).toMatchObject({ published: 1_795_161_480, updated: 1_795_161_900 });
  });

  test('an entry without dates is as old as we have known it', () => {
    const undated = { published: undefined, updated: undefined } as unknown as Partial<Entry>;
    expect(itemOf(undated)).toMatchObject({ published: 1_795_166_411, updated: 1_795_166_411 });
  });

  test.each([
    ['entry.new', {}, 'post'],
    ['entry.updated', { type: 'entry.updated', revision: 2, changed: ['title'] }, 'update'],
    ['entry.deleted', deletion, 'delete'],
  ] as const)('the verb of %s', (type, changed, verb) => {
    expect(itemOf(type === 'entry.deleted' ? label : {}, changed).verb).toBe(verb);
  });

  test('when the feed is polled next is unknown, and so not there', () => {
    expect(Object.keys(jsonOf('superfeedr').status)).toEqual(['code', 'http', 'feed', 'title', 'lastFetch']);
  });

  test('what an entry does not have has no field', () => {
    const item = itemOf({ authors: [], categories: [], image: '', enclosures: [], language: '' });
    for (const name of ['actor', 'categories', 'language', 'standardLinks'])
      expect(item).not.toHaveProperty(name);
  });

  test('a test has no items', () => {
    expect(jsonOf('superfeedr', pingEvent)).toMatchObject({ title: 'feedhook', items: [] });
  });
});
