import { describe, expect, test } from 'vitest';

import { instrumentOf } from './instruments';
import { NO_WORKED, type WorkedDraft, type WorkedTerms, workedBody, workedProblems } from './worked-order';

const terms = { tickSz: '0.01', lotSz: '0.001', minSz: '0.01', maxLmtSz: '10000', maxMktSz: '100' };
const spot = instrumentOf({ instType: 'SPOT', instId: 'QUIET-USDT', baseCcy: 'QUIET', quoteCcy: 'USDT', ...terms });
const swap = instrumentOf({ ...terms, instType: 'SWAP', instId: 'Q-USDT-SWAP', instFamily: 'Q-USDT', lotSz: '1' });

function draft(kind: WorkedDraft['kind'], typed: Partial<WorkedTerms>, more: Partial<WorkedDraft> = {}): WorkedDraft {
  const base = { side: 'buy', size: '10', reduceOnly: false, tradeMode: 'cash', positionSide: '' } as const;
  return { ...base, ...more, kind, terms: { ...NO_WORKED, ...typed } };
}

const TWAP = { slice: '1', limit: '90', distance: '0.5', seconds: '10' };

test.each<[string, WorkedDraft, string[]]>([
  ['an iceberg at any price', draft('iceberg', { slice: '1' }), []],
  ['an iceberg with its worst price', draft('iceberg', { slice: '1', limit: '90.5' }), []],
  ['no part', draft('iceberg', {}), ['slice sliceMissing']],
  ['a part between lots', draft('iceberg', { slice: '0.0005' }), ['slice sizeLot']],
  ['a part above all of it', draft('iceberg', { slice: '11' }), ['slice sliceAbove']],
  ['too many parts', draft('iceberg', { slice: '0.01' }), ['slice sliceSmall']],
  ['one part fewer', draft('iceberg', { slice: '0.011' }), []],
  ['a worst price between ticks', draft('iceberg', { slice: '1', limit: '90.005' }), ['limit priceTick']],
  ['no size', draft('iceberg', { slice: '1' }, { size: '' }), ['size sizeMissing']],
  ['by time', draft('twap', TWAP), []],
  ['by time at the best price', draft('twap', { ...TWAP, distance: '0', isPercent: false }), []],
  ['by time without a worst price', draft('twap', { ...TWAP, limit: '' }), ['limit limitMissing']],
  ['by time without a distance', draft('twap', { ...TWAP, distance: '' }), ['distance distanceMissing']],
  ['too far', draft('twap', { ...TWAP, distance: '1.01' }), ['distance varianceRange']],
  ['a distance between ticks', draft('twap', { ...TWAP, distance: '0.005', isPercent: false }), ['distance priceTick']],
  ['no interval', draft('twap', { ...TWAP, seconds: '' }), ['seconds secondsMissing']],
  ['parts of a second', draft('twap', { ...TWAP, seconds: '1.5' }), ['seconds secondsRange']],
  ['more than a day', draft('twap', { ...TWAP, seconds: '86401' }), ['seconds secondsRange']],
  ['a chase at the best price', draft('chase', {}), []],
  ['a chase behind it', draft('chase', { distance: '0.5', most: '5' }), []],
  ['a chase too far behind', draft('chase', { distance: '100' }), ['distance percentRange']],
  ['an end between ticks', draft('chase', { most: '1.005', isPercent: false }), ['most priceTick']],
])('%s', (_, given, said) => {
  expect(workedProblems(spot, given).map(({ field, code }) => `${field} ${code}`)).toEqual(said);
});

describe('the request', () => {
  const common = { instId: 'QUIET-USDT', tdMode: 'cash', side: 'buy', sz: '10', algoClOrdId: 'w1', tgtCcy: 'base_ccy' };

  test.each<[string, WorkedDraft, Record<string, string>]>([
    [
      'an iceberg',
      draft('iceberg', { slice: '1', limit: '90' }),
      { ordType: 'smart_iceberg', szLimit: '1', pxLimit: '90', lmtOrderNumber: '1', aggressiveness: 'conservative' },
    ],
    [
      'by time with a share',
      draft('twap', TWAP),
      { ordType: 'twap', szLimit: '1', pxLimit: '90', pxVar: '0.005', timeInterval: '10' },
    ],
    [
      'by time with a distance',
      draft('twap', { ...TWAP, distance: '0', isPercent: false }),
      { ordType: 'twap', szLimit: '1', pxLimit: '90', pxSpread: '0', timeInterval: '10' },
    ],
  ])('%s', (_, given, own) => {
    expect(workedBody(spot, given, 'w1')).toEqual({ ...common, ...own });
  });

  test('a chase says how far behind and how far at most, each where it was typed', () => {
    const more = { tradeMode: 'isolated', reduceOnly: true, positionSide: 'long' } as const;
    const body = workedBody(swap, draft('chase', { distance: '0.5' }, more), 'w1');
    expect(body).toMatchObject({ ordType: 'chase', chaseType: 'ratio', chaseVal: '0.005', reduceOnly: 'true' });
    expect(body).not.toHaveProperty('maxChaseType');
    const bounded = workedBody(swap, draft('chase', { most: '20', isPercent: false }, more), 'w1');
    expect(bounded).toMatchObject({ maxChaseType: 'distance', maxChaseVal: '20' });
    expect(bounded).not.toHaveProperty('chaseVal');
  });
});
