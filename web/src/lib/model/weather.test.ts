import { expect, test } from 'vitest';

import { canStorm, moveOf, priceAfter, stormOf } from './weather';

test.each([
  ['-30', '-0.3'],
  ['12.5', '0.125'],
  ['300', '3'],
  ['-90', '-0.9'],
])('%s percent', (typed, expected) => expect(moveOf(typed)).toBe(expected));

test.each(['', '0', '-91', '301', 'down', '-'])('no move: %s', (typed) => expect(moveOf(typed)).toBeNull());

test('a price after a move keeps its digits', () => {
  expect(priceAfter('60000.5', '-0.3')).toBe('42000.4');
  expect(priceAfter('100', '0.25')).toBe('125');
  expect(priceAfter('', '0.25')).toBe('');
  expect(priceAfter('100', null)).toBe('');
});

test('what is fixed or quiet cannot storm', () => {
  const fixed = new Set(['ETH-USDT']);
  expect(['BTC-USDT', 'ETH-USDT', 'QUIET-USDT'].map((index) => canStorm(index, fixed))).toEqual([true, false, false]);
});

test('a storm in a row', () => {
  const row = { instrument: 'BTC-USDT', move: '-0.3', begin_ms: '1', end_ms: '2', calm_ms: '3' };
  expect(stormOf(row)).toEqual({ index: 'BTC-USDT', move: '-0.3', beginMs: 1, endMs: 2, calmMs: 3 });
});
