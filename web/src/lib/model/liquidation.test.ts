import { describe, expect, it } from 'vitest';

import { instrumentOf } from './instruments';
import { type Backing, type Held, NOTHING_HELD, type Opening, liquidationEstimate } from './liquidation';

const linear = instrumentOf({
  instType: 'SWAP',
  instId: 'BTC-USDT-SWAP',
  instFamily: 'BTC-USDT',
  settleCcy: 'USDT',
  ctVal: '0.01',
  ctType: 'linear',
  tickSz: '0.1',
});
const inverse = instrumentOf({
  instType: 'SWAP',
  instId: 'BTC-USD-SWAP',
  instFamily: 'BTC-USD',
  settleCcy: 'BTC',
  ctVal: '100',
  ctType: 'inverse',
  tickSz: '0.1',
});
const tiers = [
  { sizeMax: '1000', maintenance: '0.004' },
  { sizeMax: '5000', maintenance: '0.01' },
];
const opening: Opening = { side: 'buy', size: '100', price: '50000', takerRate: '0.001' };
const isolated: Backing = { isIsolated: true, leverage: '10', equity: '0', maintenance: '0' };
const cross: Backing = { isIsolated: false, leverage: '10', equity: '20000', maintenance: '0' };
const long: Held = { size: '100', entry: '40000', margin: '4000', pnl: '10000', maintenance: '250' };

/** What is left of equity over what must be kept, at a price, for one linear unit. */
const left = (price: number, size: number, entry: number, behind: number, rate: number) =>
  behind + size * (price - entry) - Math.abs(size) * price * rate;

describe('a position that an order opens', () => {
  it('in its own margin ends where margin and loss are what must be kept', () => {
    const price = Number(liquidationEstimate(linear, opening, NOTHING_HELD, isolated, tiers));
    expect(price).toBe(45226.1);
    expect(left(price, 1, 50000, 5000, 0.005)).toBeCloseTo(0, 0);
  });

  it('short ends above', () => {
    const price = Number(liquidationEstimate(linear, { ...opening, side: 'sell' }, NOTHING_HELD, isolated, tiers));
    expect(price).toBe(54726.4);
    expect(left(price, -1, 50000, 5000, 0.005)).toBeCloseTo(0, 0);
  });

  it('cross has all of the equity behind it, less what others must keep', () => {
    const others = { ...cross, maintenance: '1000' };
    const price = Number(liquidationEstimate(linear, opening, NOTHING_HELD, others, tiers));
    expect(price).toBe(31155.8);
    expect(left(price, 1, 50000, 19000, 0.005)).toBeCloseTo(0, 0);
  });

  it('must keep more in a higher tier', () => {
    const price = liquidationEstimate(linear, { ...opening, size: '2000' }, NOTHING_HELD, isolated, tiers);
    expect(price).toBe('45500.5');
  });

  it('is not ended by any price when there is enough', () => {
    expect(liquidationEstimate(linear, opening, NOTHING_HELD, { ...cross, equity: '60000' }, tiers)).toBe('');
  });

  it('counts a contract of dollars in coins', () => {
    const price = Number(liquidationEstimate(inverse, opening, NOTHING_HELD, isolated, tiers));
    const coins = 100 * 100 * (1 / 50000 - 1 / price) + (100 * 100) / 50000 / 10 - ((100 * 100) / price) * 0.005;
    expect(price).toBe(45681.8);
    expect(coins).toBeCloseTo(0, 6);
  });
});

describe('a position that an order changes', () => {
  it('is entered at the mean when it grows', () => {
    const price = Number(liquidationEstimate(linear, opening, long, isolated, tiers));
    expect(left(price, 2, 45000, 4000 + 5000, 0.005)).toBeCloseTo(0, 0);
  });

  it('keeps its entry and its part of the margin when it shrinks', () => {
    const price = Number(liquidationEstimate(linear, { ...opening, side: 'sell', size: '50' }, long, isolated, tiers));
    expect(left(price, 0.5, 40000, 2000, 0.005)).toBeCloseTo(0, 0);
  });

  it('adds what was gained to what stands behind it, cross', () => {
    const held = { ...long, margin: '' };
    const backing = { ...cross, equity: '13000', maintenance: '250' };
    const sold: Opening = { ...opening, side: 'sell', size: '50' };
    // 13,000 with a profit of 10,000: 3,000 of money; selling half gains 5,000.
    expect(liquidationEstimate(linear, sold, held, backing, tiers)).toBe('24120.6');
    expect(left(24120.6, 0.5, 40000, 8000, 0.005)).toBeCloseTo(0, 0);
  });

  it('is a new one when it turns', () => {
    const price = Number(liquidationEstimate(linear, { ...opening, side: 'sell', size: '200' }, long, isolated, tiers));
    expect(left(price, -1, 50000, 5000, 0.005)).toBeCloseTo(0, 0);
  });

  it('is gone when all of it is closed', () => {
    expect(liquidationEstimate(linear, { ...opening, side: 'sell' }, long, isolated, tiers)).toBe('');
  });
});

describe('nothing is said', () => {
  it.each<[string, Partial<Opening>, typeof tiers]>([
    ['without a size', { size: '' }, tiers],
    ['without a price', { price: '' }, tiers],
    ['at a price of nothing', { price: '0' }, tiers],
    ['without tiers', {}, []],
  ])('%s', (_, change, known) => {
    expect(liquidationEstimate(linear, { ...opening, ...change }, NOTHING_HELD, isolated, known)).toBe('');
  });
});
