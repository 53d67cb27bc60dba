import { describe, expect, test } from 'vitest';

import { dayChange, displayName, instrumentOf, listed, sizeUnit, tickerOf } from './instruments';

const spot = instrumentOf({
  instType: 'SPOT',
  instId: 'BTC-USDT',
  baseCcy: 'BTC',
  quoteCcy: 'USDT',
  settleCcy: '',
  instFamily: '',
  tickSz: '0.1',
  lotSz: '0.00000001',
  minSz: '0.00001',
  ctVal: '',
  ctType: '',
});
const swap = instrumentOf({
  instType: 'SWAP',
  instId: 'BTC-USD-SWAP',
  instFamily: 'BTC-USD',
  settleCcy: 'BTC',
  baseCcy: '',
  quoteCcy: '',
  ctVal: '100',
  ctValCcy: 'USD',
  ctType: 'inverse',
  lever: '100',
});
const dated = instrumentOf({ instType: 'FUTURES', instId: 'BTC-USDT-261225', instFamily: 'BTC-USDT', expTime: '9' });

test('a spot pair settles in its quote currency, one unit at a time', () => {
  expect(spot).toMatchObject({ settle: 'USDT', contractValue: '1', isInverse: false, base: 'BTC', tick: '0.1' });
  expect(sizeUnit(spot)).toBe('BTC');
});

test('a contract takes its currencies from its family', () => {
  expect(swap).toMatchObject({ base: 'BTC', quote: 'USD', settle: 'BTC', contractValue: '100', isInverse: true });
  expect(sizeUnit(swap)).toBe('');
  expect(dated.expiryMs).toBe(9);
});

test('names', () => {
  expect([spot, swap, dated].map(displayName)).toEqual(['BTC/USDT', 'BTCUSD Perp', 'BTCUSDT 261225']);
});

describe('tickers', () => {
  const row = { instId: 'BTC-USDT', last: '105', open24h: '100', volCcy24h: '7', ts: '3' };

  test('the change of a day', () => {
    expect(dayChange(tickerOf(row))).toBe(0.05);
    expect(dayChange(tickerOf({ ...row, last: '' }))).toBeNull();
    expect(dayChange(undefined)).toBeNull();
  });
});

describe('the list', () => {
  const all = [spot, swap, dated, instrumentOf({ ...spot, instType: 'SPOT', instId: 'ETH-USDT' })];
  const turnover = (id: string) => (id === 'ETH-USDT' ? '9' : '1');
  const ids = (category: Parameters<typeof listed>[1], search = '') =>
    listed(all, category, search, new Set(['BTC-USD-SWAP']), turnover).map((one) => one.id);

  test('has the busiest first', () => {
    expect(ids('spot')).toEqual(['ETH-USDT', 'BTC-USDT']);
  });

  test('has categories', () => {
    expect(ids('favorites')).toEqual(['BTC-USD-SWAP']);
    expect(ids('perpetual')).toEqual(['BTC-USD-SWAP']);
    expect(ids('dated')).toEqual(['BTC-USDT-261225']);
  });

  test('is searched as a whole', () => {
    expect(ids('spot', ' btc/usd ')).toEqual(['BTC-USDT', 'BTC-USD-SWAP', 'BTC-USDT-261225']);
    expect(ids('spot', 'nothing')).toEqual([]);
  });
});
