import { expect, test } from 'vitest';

import { type Decision, type Effect, groupOf, grouped, hindrances, nextStep, tally, usdOf, whyOf } from './rights';

const decision = (capability: string, effect: Effect, reason: string, sentence = ''): Decision => ({
  capability,
  effect,
  limit: null,
  unit: '',
  reason,
  sentence,
  rule: 'rule',
  version: '1',
});

const DECISIONS = [
  decision('account.view', 'allow', 'allowed'),
  decision('trade.spot', 'deny', 'factors_missing', 'Spot trading: not possible. Link a phone number first.'),
  decision('trade.margin', 'deny', 'kyc_level_too_low', 'Margin trading: not possible. It needs level 2: yours is 0.'),
  decision('trade.options', 'deny', 'kyc_level_too_low', 'Trading options: not possible. It needs level 3.'),
  decision('money.deposit', 'limit', 'ceiling', 'Depositing: up to 10.00 USD in 24 hours.'),
];

test('every capability has a group, new ones too', () => {
  expect(['trade.spot', 'money.send', 'earn.fixed', 'api.read', 'dreams.read'].map(groupOf)).toEqual([
    'trading',
    'money',
    'products',
    'api',
    'account',
  ]);
  expect(grouped(DECISIONS).map((group) => [group.name, group.decisions.length])).toEqual([
    ['trading', 3],
    ['money', 1],
    ['account', 1],
  ]);
});

test('what is open, limited and closed is counted', () => {
  expect(tally(DECISIONS)).toEqual({ allow: 1, limit: 1, deny: 3 });
});

test('reasons are told once, those that close most first', () => {
  expect(hindrances(DECISIONS)).toEqual([
    { reason: 'kyc_level_too_low', why: 'It needs level 2: yours is 0.', count: 2 },
    { reason: 'factors_missing', why: 'Link a phone number first.', count: 1 },
  ]);
});

test('the next step is the first in order, not the one that closes most', () => {
  expect(nextStep(DECISIONS)?.reason).toBe('factors_missing');
  expect(nextStep(DECISIONS.slice(0, 1))).toBeNull();
  expect(nextStep([decision('p2p.buy', 'deny', 'place_closed')])).toBeNull();
});

test('sentences lose what the page says itself', () => {
  expect(whyOf('Depositing: up to 10.00 USD in 24 hours.')).toBe('up to 10.00 USD in 24 hours.');
});

test.each([
  [0, '0.00'],
  [7, '0.07'],
  [1_000_000, '10000.00'],
])('%i cents', (cents, usd) => {
  expect(usdOf(cents)).toBe(usd);
});
