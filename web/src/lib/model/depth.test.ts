import { describe, expect, it } from 'vitest';

import { depthAt, depthOf, depthPath } from './depth';

const level = (price: string, size: string) => ({ price, size });
const BIDS = [level('99', '1'), level('98', '2'), level('80', '50')];
const ASKS = [level('101', '3'), level('104', '1')];

describe('depthOf', () => {
  it('sums outwards, no further than the share', () => {
    const depth = depthOf(BIDS, ASKS, 0.05);
    expect(depth?.bids).toEqual([
      { price: 99, sum: 1 },
      { price: 98, sum: 3 },
    ]);
    expect(depth?.asks).toEqual([
      { price: 101, sum: 3 },
      { price: 104, sum: 4 },
    ]);
    expect([depth?.middle, depth?.low, depth?.high, depth?.largest]).toEqual([100, 95, 105, 4]);
  });

  it.each([
    [[], ASKS],
    [BIDS, []],
  ])('is unknown while a side is empty', (bids, asks) => {
    expect(depthOf(bids, asks, 0.05)).toBeNull();
  });
});

describe('depthPath', () => {
  it('rises in steps to the edge, and is closed at the bottom', () => {
    const depth = depthOf(BIDS, ASKS, 0.05);
    expect(depth && depthPath(depth, 'bids', 100, 40)).toBe('M40.0 40H40.0V30.0H30.0V10.0H0V40Z');
    expect(depth && depthPath(depth, 'asks', 100, 40)).toBe('M60.0 40H60.0V10.0H90.0V0.0H100V40Z');
  });

  it('is empty where no level is near enough', () => {
    const depth = depthOf([level('90', '1')], [level('110', '1')], 0.01);
    expect(depth && depthPath(depth, 'bids', 100, 40)).toBe('');
  });
});

describe('depthAt', () => {
  it.each([
    [35, { side: 'bids', price: 98.5, sum: 1 }],
    [10, { side: 'bids', price: 96, sum: 3 }],
    [70, { side: 'asks', price: 102, sum: 3 }],
    [50, null],
  ])('tells the sum up to %d', (x, expected) => {
    const depth = depthOf(BIDS, ASKS, 0.05);
    expect(depth && depthAt(depth, x, 100)).toEqual(expected);
  });
});
