// Who is killed when.

import { describe, expect, test } from '@jest/globals';
import { victims } from './victims.ts';

describe('victims', () => {
  test('are daemons, where nothing else is asked for', () => {
    expect(victims({ kills: 3 })).toEqual(['worker', 'worker', 'worker']);
  });

  test('of the store are evenly spread among them', () => {
    const all = victims({ kills: 100, serverKills: 10, failovers: 2 });
    const at = (victim: string) => [...all.keys()].filter((place) => all[place] === victim);
    expect(at('server')).toHaveLength(10);
    expect(at('master')).toHaveLength(2);
    for (const half of [all.slice(0, 50), all.slice(50)]) {
      expect(half.filter((each) => each === 'server')).toHaveLength(5);
      expect(half).toContain('master');
    }
  });

  test('may all be of the store', () => {
    const all = victims({ kills: 5, serverKills: 3, failovers: 2 });
    expect(all.toSorted()).toEqual(['master', 'master', 'server', 'server', 'server']);
  });

  test('more of the store than kills are refused', () => {
    expect(() => victims({ kills: 5, serverKills: 3, failovers: 3 })).toThrow('5 kills');
  });
});
