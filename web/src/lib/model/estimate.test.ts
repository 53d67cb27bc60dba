import Big from 'big.js';
import { describe, expect, test } from 'vitest';

import { estimate, sizeOf, valueOf } from './estimate';
import { instrumentOf } from './instruments';

const spot = instrumentOf({ instType: 'SPOT', instId: 'QUIET-USDT', baseCcy: 'QUIET', quoteCcy: 'USDT' });
const linear = instrumentOf({
  instType: 'SWAP',
  instId: 'BTC-USDT-SWAP',
  instFamily: 'BTC-USDT',
  settleCcy: 'USDT',
  ctVal: '0.01',
  ctType: 'linear',
});
const inverse = instrumentOf({
  instType: 'SWAP',
  instId: 'BTC-USD-SWAP',
  instFamily: 'BTC-USD',
  settleCcy: 'BTC',
  ctVal: '100',
  ctType: 'inverse',
});
const asks = [
  { price: '100', size: '1' },
  { price: '101', size: '2' },
];
const rates = { maker: '0.0008', taker: '0.001' };

describe('a market order', () => {
  test('walks up the book', () => {
    expect(estimate(spot, 'buy', '2', '', asks, rates)).toEqual({
      filled: '2',
      averagePrice: '100.5',
      slippage: 0.005,
      isShort: false,
      value: '201',
      fee: '0.002',
      feeCurrency: 'QUIET',
    });
  });

  test('tells when the book holds too little', () => {
    expect(estimate(spot, 'buy', '5', '', asks, rates)).toMatchObject({ filled: '3', isShort: true });
    expect(estimate(spot, 'buy', '5', '', [], null)).toMatchObject({ filled: '0', averagePrice: '', slippage: null });
  });

  test('pays the fee of a sale in money', () => {
    const bids = [{ price: '99', size: '10' }];
    expect(estimate(spot, 'sell', '2', '', bids, rates)).toMatchObject({ fee: '0.198', feeCurrency: 'USDT' });
  });
});

describe('a limit order', () => {
  test('takes what it reaches, and rests with the remainder', () => {
    const found = estimate(spot, 'buy', '3', '100.5', asks, rates);
    expect(found).toMatchObject({ filled: '1', averagePrice: '100', slippage: 0, isShort: false, value: '301' });
    expect(found.fee).toBe('0.0026');
  });

  test('that reaches nothing only rests', () => {
    expect(estimate(spot, 'buy', '1', '99', asks, rates)).toMatchObject({ filled: '0', value: '99', fee: '0.0008' });
    expect(estimate(spot, 'sell', '1', '101', [{ price: '100', size: '1' }], null)).toMatchObject({ fee: '' });
  });
});

describe('contracts', () => {
  test.each([
    [spot, '2', '100', '200'],
    [linear, '50', '60000', '30000'],
    [inverse, '30', '60000', '0.05'],
  ])('have a value in what they settle in, and back', (instrument, size, price, value) => {
    expect(valueOf(instrument, new Big(size), new Big(price)).toFixed()).toBe(value);
    expect(sizeOf(instrument, new Big(value), new Big(price)).toFixed()).toBe(size);
  });

  test('inverse ones fill at the harmonic mean', () => {
    const levels = [
      { price: '50000', size: '10' },
      { price: '100000', size: '10' },
    ];
    const found = estimate(inverse, 'buy', '20', '', levels, rates);
    expect(found).toMatchObject({ averagePrice: '66666.666666666667', value: '0.03', feeCurrency: 'BTC' });
  });

  test('nothing has a value at no price', () => {
    expect(sizeOf(linear, new Big(5), new Big(0)).toFixed()).toBe('0');
    expect(valueOf(inverse, new Big(5), new Big(0)).toFixed()).toBe('0');
  });
});
