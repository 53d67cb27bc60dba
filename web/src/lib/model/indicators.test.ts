import { describe, expect, it } from 'vitest';

import { bands, convergence, exponentialAverage, relativeStrength } from './indicators';

const close = (course: readonly (number | null)[]) => course.map((value) => value && Number(value.toFixed(4)));
/** Closing prices of the textbook's example of the index of relative strength. */
const WILDER = [
  44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.1, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.0, 46.03,
];

describe('exponentialAverage', () => {
  it('begins with the plain mean and then follows', () => {
    expect(exponentialAverage([1, 2, 3, 7], 3)).toEqual([null, null, 2, 4.5]);
  });

  it('knows nothing of too few values', () => {
    expect(exponentialAverage([1, 2], 3)).toEqual([null, null]);
  });
});

describe('bands', () => {
  it('lie two deviations beside the mean', () => {
    const { upper, middle, lower } = bands([2, 4, 4, 4, 5, 5, 7, 9], { count: 8, width: 2 });
    expect([upper.at(-1), middle.at(-1), lower.at(-1)]).toEqual([9, 5, 1]);
    expect(upper.slice(0, -1)).toEqual(Array(7).fill(null));
  });

  it('lie on the mean where nothing moves', () => {
    const { upper, lower } = bands([3, 3, 3], { count: 2, width: 2 });
    expect([upper, lower]).toEqual([
      [null, 3, 3],
      [null, 3, 3],
    ]);
  });
});

describe('relativeStrength', () => {
  it('is that of the textbook', () => {
    expect(close(relativeStrength(WILDER)).slice(13)).toEqual([null, 70.4641, 66.2496, 66.4809]);
  });

  it.each([
    [[1, 2, 3, 4], 100],
    [[4, 3, 2, 1], 0],
    [[2, 2, 2, 2], 50],
  ])('of %j is %d', (values, expected) => {
    expect(relativeStrength(values, 3).at(-1)).toBe(expected);
  });
});

describe('convergence', () => {
  const values = Array.from({ length: 60 }, (_, index) => 100 + index);

  it('of a steady rise is half the difference of the counts, and so is its mean', () => {
    const { line, signal, histogram } = convergence(values);
    expect(line[24]).toBeNull();
    expect([line[25], line[59]].map((value) => value?.toFixed(6))).toEqual(['7.000000', '7.000000']);
    expect(signal[32]).toBeNull();
    expect(signal[33]?.toFixed(6)).toBe('7.000000');
    expect(histogram[32]).toBeNull();
    expect(histogram[59]?.toFixed(6)).toBe('0.000000');
    expect([line, signal, histogram].map((course) => course.length)).toEqual([60, 60, 60]);
  });

  it('knows nothing of too few values', () => {
    expect(convergence([1, 2, 3])).toEqual({
      line: [null, null, null],
      signal: [null, null, null],
      histogram: [null, null, null],
    });
  });
});
