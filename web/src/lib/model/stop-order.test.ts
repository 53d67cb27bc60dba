import { describe, expect, test } from 'vitest';

import { instrumentOf } from './instruments';
import { NO_TERMS, type StopDraft, type StopTerms, guardProblems, legsOf, stopBody, stopProblems } from './stop-order';

const terms = { tickSz: '0.01', lotSz: '0.001', minSz: '0.01', maxLmtSz: '1000', maxMktSz: '100' };
const spot = instrumentOf({ instType: 'SPOT', instId: 'QUIET-USDT', baseCcy: 'QUIET', quoteCcy: 'USDT', ...terms });
const swap = instrumentOf({ ...terms, instType: 'SWAP', instId: 'Q-USDT-SWAP', instFamily: 'Q-USDT', lotSz: '1' });

function draft(kind: StopDraft['kind'], typed: Partial<StopTerms>, more: Partial<StopDraft> = {}): StopDraft {
  const base = { side: 'sell', size: '1', reduceOnly: false, tradeMode: 'cash', positionSide: '' } as const;
  return { ...base, ...more, kind, terms: { ...NO_TERMS, ...typed } };
}

test.each<[string, StopDraft, string[]]>([
  ['a trigger and the market', draft('trigger', { trigger: '90' }), []],
  ['a trigger and a price', draft('trigger', { trigger: '90', orderPrice: '89.5' }), []],
  ['no trigger', draft('trigger', {}), ['trigger triggerMissing']],
  ['between ticks', draft('trigger', { trigger: '90', orderPrice: '89.505' }), ['orderPrice priceTick']],
  ['no size', draft('trigger', { trigger: '90' }, { size: '' }), ['size sizeMissing']],
  ['too much for the market', draft('trigger', { trigger: '90' }, { size: '101' }), ['size sizeMax']],
  ['what a limit may be', draft('trigger', { trigger: '90', orderPrice: '90' }, { size: '101' }), []],
  ['one leg', draft('stop', { loss: '90' }), []],
  ['both legs', draft('stop', { profit: '110', loss: '90' }), []],
  ['no leg', draft('stop', {}), ['profit legMissing']],
  ['legs changed over', draft('stop', { profit: '90', loss: '110' }), ['profit profitAbove', 'loss lossBelow']],
  ['legs of a purchase', draft('stop', { profit: '90', loss: '110' }, { side: 'buy' }), []],
  [
    'legs of a purchase changed over',
    draft('stop', { profit: '110', loss: '100' }, { side: 'buy' }),
    ['profit profitBelow', 'loss lossAbove'],
  ],
  ['a share', draft('trailing', { distance: '2.5' }), []],
  ['no distance', draft('trailing', {}), ['distance distanceMissing']],
  ['all of it', draft('trailing', { distance: '100' }), ['distance percentRange']],
  ['too fine a share', draft('trailing', { distance: '0.001' }), ['distance percentRange']],
  ['a distance', draft('trailing', { distance: '200.25', isPercent: false, activation: '95' }), []],
  ['a distance between ticks', draft('trailing', { distance: '2.001', isPercent: false }), ['distance priceTick']],
])('%s', (_, given, said) => {
  expect(stopProblems(spot, given, '100').map(({ field, code }) => `${field} ${code}`)).toEqual(said);
});

test('without a last price no leg stands on the wrong side', () => {
  expect(stopProblems(spot, draft('stop', { profit: '90' }), '')).toEqual([]);
});

test.each([
  ['buy', '110', '90', []],
  ['buy', '90', '110', ['profitAbove', 'lossBelow']],
  ['sell', '90', '110', []],
  ['sell', '110', '', ['profitBelow']],
  ['buy', '', '', ['legMissing']],
  ['buy', '110.001', '', ['priceTick']],
] as const)('guards of an order to %s: %s and %s', (side, profit, loss, codes) => {
  expect(guardProblems(spot, side, '100', { profit, loss }).map((one) => one.code)).toEqual(codes);
});

describe('the request', () => {
  const common = { instId: 'QUIET-USDT', tdMode: 'cash', side: 'sell', sz: '1', algoClOrdId: 'w1', tgtCcy: 'base_ccy' };

  test.each<[string, StopDraft, Record<string, string>]>([
    [
      'a trigger order at the market',
      draft('trigger', { trigger: '90' }),
      { ordType: 'trigger', triggerPx: '90', triggerPxType: 'last', orderPx: '-1' },
    ],
    [
      'a stop loss alone',
      draft('stop', { loss: '90', lossPrice: '89' }),
      { ordType: 'conditional', slTriggerPx: '90', slTriggerPxType: 'last', slOrdPx: '89' },
    ],
    [
      'a trailing stop by share',
      draft('trailing', { distance: '2.5' }),
      { ordType: 'move_order_stop', callbackRatio: '0.025' },
    ],
    [
      'a trailing stop by distance',
      draft('trailing', { distance: '2', isPercent: false, activation: '95' }),
      { ordType: 'move_order_stop', callbackSpread: '2', activePx: '95' },
    ],
  ])('%s', (_, given, own) => {
    expect(stopBody(spot, given, 'w1')).toEqual({ ...common, ...own });
  });

  test('one cancels the other', () => {
    expect(stopBody(spot, draft('stop', { profit: '110', loss: '90' }), 'w1')).toMatchObject({ ordType: 'oco' });
  });

  test('of a contract says what it is for', () => {
    const more = { tradeMode: 'isolated', reduceOnly: true, positionSide: 'long' } as const;
    const body = stopBody(swap, draft('trigger', { trigger: '90', source: 'mark' }, more), 'w1');
    expect(body).toMatchObject({ tdMode: 'isolated', reduceOnly: 'true', posSide: 'long', triggerPxType: 'mark' });
    expect(body).not.toHaveProperty('tgtCcy');
  });

  test('legs that were not set are not sent', () => {
    expect(legsOf({ ...NO_TERMS, profit: '110' })).toEqual({
      tpTriggerPx: '110',
      tpTriggerPxType: 'last',
      tpOrdPx: '-1',
    });
  });
});
