import { expect, test } from 'vitest';

import { type Candle, candleOf, isUp, merge, movingAverage } from './candles';

const candle = (timeMs: number, close = '1'): Candle => ({ ...candleOf(['0', '1', '2', '0.5', close, '7']), timeMs });

test('a row of the wire', () => {
  expect(candleOf(['1795284000000', '1', '3', '0.5', '2', '10', '20', '20', '0'])).toEqual({
    timeMs: 1_795_284_000_000,
    open: '1',
    high: '3',
    low: '0.5',
    close: '2',
    volume: '10',
  });
});

test('the running candle replaces the last, the next one follows it', () => {
  const known = [candle(1), candle(2)];
  expect(merge(known, [candle(2, '9')]).map((c) => [c.timeMs, c.close])).toEqual([
    [1, '1'],
    [2, '9'],
  ]);
  expect(merge(known, [candle(3)]).map((c) => c.timeMs)).toEqual([1, 2, 3]);
});

test('older pages come before, whatever their order', () => {
  expect(merge([candle(5), candle(6)], [candle(4), candle(3), candle(5, '9')]).map((c) => [c.timeMs, c.close])).toEqual(
    [
      [3, '1'],
      [4, '1'],
      [5, '9'],
      [6, '1'],
    ],
  );
  expect(merge([], [candle(1)])).toHaveLength(1);
});

test('a candle that stands still is up', () => {
  expect([isUp(candle(1, '1')), isUp(candle(1, '0.9'))]).toEqual([true, false]);
});

test('an average begins when there are enough values', () => {
  expect(movingAverage([1, 2, 3, 4, 5], 3)).toEqual([null, null, 2, 3, 4]);
  expect(movingAverage([], 3)).toEqual([]);
});
