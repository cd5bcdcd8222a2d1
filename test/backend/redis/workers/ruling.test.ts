import { describe, expect, test } from '@jest/globals';
import {
  judgeRuling,
  type Ruling,
  type RulingQuestion,
} from '../../../../src/backend/redis/workers/ruling.ts';

const ruling: Ruling = { digest: 'new', revision: 7, seenAt: 0, ruled: ['new', 'old', 'older'] };
const asked: RulingQuestion = {
  occasion: 'start',
  digest: 'old',
  ruling,
  isRulingAlive: true,
  silentMs: 0,
  aliveMs: 30_000,
};

describe('which feeds.yaml holds', () => {
  test.each<[string, Partial<RulingQuestion>, string]>([
    ['the first one ever', { ruling: undefined }, 'takes over'],
    ['a start with the one that rules', { digest: 'new' }, 'rules'],
    ['a beat with the one that rules', { digest: 'new', occasion: 'beat' }, 'rules'],
    ['an edit into the one that rules', { digest: 'new', occasion: 'edit' }, 'rules'],
    ['a start with one that never ruled', { digest: 'newest' }, 'takes over'],
    ['a start with an old one, while a worker has the ruling one', {}, 'behind'],
    ['a start with the oldest that is remembered', { digest: 'older' }, 'behind'],
    ['a start with an old one, when no worker has the ruling one', { isRulingAlive: false }, 'takes over'],
    ['an edit into a new one', { digest: 'newest', occasion: 'edit' }, 'takes over'],
    ['an edit back to an old one', { occasion: 'edit' }, 'takes over'],
    ['a beat of one that is behind', { occasion: 'beat' }, 'behind'],
    ['a beat of one that is behind, that never ruled', { digest: 'newest', occasion: 'beat' }, 'behind'],
    [
      'a beat shortly after the last word of the ruling one',
      { occasion: 'beat', isRulingAlive: false, silentMs: 29_999 },
      'behind',
    ],
    [
      'a beat when the ruling one has been silent for long enough',
      { occasion: 'beat', isRulingAlive: false, silentMs: 30_000 },
      'takes over',
    ],
  ])('%s', (_situation, change, verdict) => {
    expect(judgeRuling({ ...asked, ...change })).toBe(verdict);
  });
});
