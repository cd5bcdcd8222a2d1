import { describe, expect, test } from '@jest/globals';
import { eventId } from '../../src/outbox/event-id.ts';

describe('WEBHOOKS §2 event id', () => {
  test.each<[string, string[], string]>([
    [
      'entry.new',
      ['entry.new', 'example-security', 'guid:tag:example.org,2026:post-42'],
      'evt_ddlojucljyocbycxwkbxztcgdz',
    ],
    [
      'feed.error',
      ['feed.error', 'example-security', '2026-11-20T09:20:11Z', '1'],
      'evt_7obnzqqcyd6edvy3nsysxmdqfs',
    ],
  ])('vector %s', (_, parts, id) => {
    expect(eventId(...parts)).toBe(id);
  });

  test('the parts cannot run into each other', () => {
    expect(eventId('entry.new', 'a', 'bc')).not.toBe(eventId('entry.new', 'ab', 'c'));
  });

  test('has no dot, which separates the parts of a signed text', () => {
    expect(eventId('entry.new', 'a.b', 'c.d')).toMatch(/^evt_[a-z2-7]{26}$/);
  });
});
