import { describe, expect, test } from 'vitest';

import {
  closingAllBody,
  closingBody,
  heldSize,
  isLong,
  liquidationDistance,
  marginBody,
  positionOf,
  protectingBody,
  reversingBodies,
} from './position';

const row = { posId: '1', instId: 'BTC-USDT-SWAP', mgnMode: 'cross', posSide: 'net', pos: '-3', markPx: '100' };
const short = positionOf(row);
const long = positionOf({ ...row, mgnMode: 'isolated', posSide: 'long', pos: '3' });
const order = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', clOrdId: 'w1' };
const hedged = { instId: 'BTC-USDT-SWAP', tdMode: 'isolated', posSide: 'long', side: 'sell' };

test('what is not told is empty', () => {
  expect(positionOf({})).toMatchObject({ id: '', size: '', liquidation: '', margin: '' });
});

test.each([
  ['net', '3', true],
  ['net', '-3', false],
  ['long', '3', true],
  ['short', '3', false],
])('%s %s: long is %s', (side, size, isSo) => {
  expect(isLong({ side, size })).toBe(isSo);
  expect(heldSize({ size })).toBe('3');
});

describe('closing', () => {
  test('a part at the market only reduces', () => {
    expect(closingBody(short, '1', '', 'w1')).toEqual({ ...order, ordType: 'market', sz: '1', reduceOnly: 'true' });
  });

  test('at a price, one of two positions', () => {
    const body = { ...hedged, ordType: 'limit', px: '101', sz: '3', clOrdId: 'w1' };
    expect(closingBody(long, '3', '101', 'w1')).toEqual(body);
  });

  test('all of it cancels what is in the way', () => {
    expect(closingAllBody(short)).toEqual({ instId: 'BTC-USDT-SWAP', mgnMode: 'cross', autoCxl: 'true' });
    expect(closingAllBody(long)).toMatchObject({ mgnMode: 'isolated', posSide: 'long' });
  });
});

describe('turning over', () => {
  test('takes twice the size where there is one position', () => {
    expect(reversingBodies(short, 'w1')).toEqual([{ ...order, ordType: 'market', sz: '6' }]);
  });

  test('closes one and opens the other where there are two', () => {
    expect(reversingBodies(long, 'w1')).toEqual([
      { ...hedged, ordType: 'market', sz: '3', clOrdId: 'w1a' },
      { ...hedged, ordType: 'market', posSide: 'short', sz: '3', clOrdId: 'w1b' },
    ]);
  });
});

test('protection is of all of it', () => {
  const legs = { source: 'mark', profit: '', loss: '110' } as const;
  expect(protectingBody(short, legs, 'w1')).toEqual({
    instId: 'BTC-USDT-SWAP',
    tdMode: 'cross',
    side: 'buy',
    ordType: 'conditional',
    closeFraction: '1',
    reduceOnly: 'true',
    algoClOrdId: 'w1',
    slTriggerPx: '110',
    slTriggerPxType: 'mark',
    slOrdPx: '-1',
  });
  expect(protectingBody(long, { ...legs, profit: '120' }, 'w1')).toMatchObject({ ordType: 'oco', posSide: 'long' });
});

test('margin is added or taken away', () => {
  const body = { instId: 'BTC-USDT-SWAP', posSide: 'long', type: 'reduce', amt: '5' };
  expect(marginBody(long, 'reduce', '5')).toEqual(body);
});

test.each([
  ['100', '90', 0.1],
  ['100', '125', 0.25],
  ['100', '', null],
  ['', '90', null],
])('from %s to a liquidation at %s', (mark, liquidation, share) => {
  expect(liquidationDistance({ mark, liquidation })).toBe(share);
});
