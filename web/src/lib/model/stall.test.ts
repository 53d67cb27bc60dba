import { describe, expect, it } from 'vitest';

import { Persistence, isBehind } from './stall';

describe('isBehind', () => {
  it.each([
    ['says something older', '100', 1, '101', 2, true],
    ['says the same', '100.0', 1, '100', 2, false],
    ['was told later', '100', 2, '101', 1, false],
    ['was told at the same time', '100', 1, '101', 1, false],
    ['says nothing', '', 1, '101', 2, false],
    ['has nothing to be compared with', '100', 1, '', 2, false],
  ])('who %s', (_, value, timeMs, otherValue, otherMs, expected) => {
    expect(isBehind({ value, timeMs }, { value: otherValue, timeMs: otherMs })).toBe(expected);
  });
});

describe('Persistence', () => {
  it('waits, and begins anew after a break', () => {
    const late = new Persistence(3_000);
    const said = [true, true, true, true, false, true, true].map((isSo, second) => late.judge(isSo, second * 1_000));
    expect(said).toEqual([false, false, false, true, false, false, false]);
  });
});
