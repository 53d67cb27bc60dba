import { expect, test } from 'vitest';

import { fillMarks } from './fill-marks';

const candle = (timeMs: number) => ({ timeMs, open: '1', high: '1', low: '1', close: '1', volume: '' });
const candles = [candle(100), candle(200), candle(300)];
const fill = (timeMs: number, side: 'buy' | 'sell', price: string, size: string) => ({ timeMs, side, price, size });

test('fills of one candle and side are one mark at their average', () => {
  const fills = [fill(299, 'buy', '103', '3'), fill(200, 'buy', '99', '1')];
  expect(fillMarks(fills, candles)).toEqual([{ timeMs: 200, side: 'buy', size: '4', price: '102' }]);
});

test('marks stand in order of time, buy before sell', () => {
  const fills = [fill(999, 'sell', '5', '1'), fill(150, 'sell', '5', '1'), fill(100, 'buy', '5', '1')];
  expect(fillMarks(fills, candles).map(({ timeMs, side }) => `${timeMs} ${side}`)).toEqual([
    '100 buy',
    '100 sell',
    '300 sell',
  ]);
});

test('what lies before all candles is not marked, nor is nothing', () => {
  expect(fillMarks([fill(99, 'buy', '5', '1'), fill(100, 'buy', '5', '0')], candles)).toEqual([]);
  expect(fillMarks([fill(99, 'buy', '5', '1')], [])).toEqual([]);
});
