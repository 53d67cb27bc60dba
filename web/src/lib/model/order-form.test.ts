import { describe, expect, test } from 'vitest';

import { instrumentOf } from './instruments';
import { type Draft, orderBody, positionSide, problems, sizeOfShare } from './order-form';

const terms = { tickSz: '0.01', lotSz: '0.001', minSz: '0.01', maxLmtSz: '1000', maxMktSz: '100' };
const spot = instrumentOf({ instType: 'SPOT', instId: 'QUIET-USDT', baseCcy: 'QUIET', quoteCcy: 'USDT', ...terms });
const swap = instrumentOf({ ...terms, instType: 'SWAP', instId: 'Q-USDT-SWAP', instFamily: 'Q-USDT', lotSz: '1' });
const limit: Draft = {
  side: 'buy',
  kind: 'limit',
  price: '100',
  size: '1',
  reduceOnly: false,
  tradeMode: 'cash',
  positionSide: '',
  attached: null,
};

test.each<[string, Partial<Draft>, string[]]>([
  ['nothing is wrong', {}, []],
  ['no price', { price: '' }, ['priceMissing']],
  ['a price of zero', { price: '0.00' }, ['priceMissing']],
  ['a price between ticks', { price: '100.005' }, ['priceTick']],
  ['no size', { size: '' }, ['sizeMissing']],
  ['half a lot', { size: '0.0105' }, ['sizeLot']],
  ['too little', { size: '0.009' }, ['sizeMin']],
  ['too much', { size: '1000.001' }, ['sizeMax']],
  ['more than there is', { size: '10.001' }, ['fundsShort']],
  ['just what there is', { size: '10' }, []],
  ['no price and no size', { price: 'x', size: 'y' }, ['priceMissing', 'sizeMissing']],
  ['a market order needs no price', { kind: 'market', price: '' }, []],
  ['a market order has a bound of its own', { kind: 'market', size: '100.001' }, ['sizeMax']],
  ['a market order is counted at the best price', { kind: 'market', size: '10.001' }, ['fundsShort']],
])('%s', (_, changed, codes) => {
  expect(problems(spot, { ...limit, ...changed }, '1000', '100').map((problem) => problem.code)).toEqual(codes);
});

test('what is not known is not missing', () => {
  expect(problems(spot, { ...limit, size: '900' }, '', '100')).toEqual([]);
});

test('who sells needs what is sold', () => {
  const sale = { ...limit, side: 'sell' as const, size: '5' };
  expect(problems(spot, sale, '4.999', '100')).toEqual([{ field: 'size', code: 'fundsShort', bound: '4.999' }]);
});

describe('a share of what there is', () => {
  test.each([
    [spot, 'buy', 0.5, '1000', '100', '5.000'],
    [spot, 'buy', 1, '1000', '333.33', '3.000'],
    [spot, 'sell', 0.25, '0.01', '100', '0.002'],
    [swap, 'buy', 0.5, '7', '', '3'],
    [spot, 'buy', 0.5, '1000', '', ''],
    [spot, 'buy', 0.5, '', '100', ''],
  ] as const)('%#', (instrument, side, share, available, price, size) => {
    expect(sizeOfShare(instrument, side, share, available, price)).toBe(size);
  });
});

describe('the order', () => {
  test('has its price', () => {
    expect(orderBody(spot, limit, 'w1')).toEqual({
      instId: 'QUIET-USDT',
      tdMode: 'cash',
      side: 'buy',
      ordType: 'limit',
      px: '100',
      sz: '1',
      clOrdId: 'w1',
    });
  });

  test('at the market counts the base currency', () => {
    expect(orderBody(spot, { ...limit, kind: 'market' }, 'w1')).toMatchObject({
      ordType: 'market',
      tgtCcy: 'base_ccy',
    });
    expect(orderBody(spot, { ...limit, kind: 'market' }, 'w1')).not.toHaveProperty('px');
  });

  test('of a contract may only reduce', () => {
    const draft: Draft = { ...limit, kind: 'market', tradeMode: 'cross', reduceOnly: true };
    expect(orderBody(swap, draft, 'w1')).toMatchObject({ tdMode: 'cross', reduceOnly: 'true' });
    expect(orderBody(swap, draft, 'w1')).not.toHaveProperty('tgtCcy');
  });

  test('is for one of two positions, and brings what protects it', () => {
    const attached = { slTriggerPx: '90', slOrdPx: '-1' };
    const draft: Draft = { ...limit, tradeMode: 'cross', positionSide: 'long', attached };
    expect(orderBody(swap, draft, 'w1')).toMatchObject({ posSide: 'long', attachAlgoOrds: [attached] });
  });

  test.each([
    ['buy', false, 'long'],
    ['sell', false, 'short'],
    ['buy', true, 'short'],
    ['sell', true, 'long'],
  ] as const)('to %s (closing: %s) is for the %s position', (side, isClosing, meant) => {
    expect(positionSide(side, isClosing)).toBe(meant);
  });
});
