import { expect, test } from 'vitest';

import { centsOf, emptySource, sourceOf, typedOf } from './funds';

test.each([
  ['1234.5', 123_450],
  ['0.01', 1],
  ['10000000000000', 10 ** 15],
  ['10000000000000.01', null],
  ['0', null],
  ['1.001', null],
  ['', null],
  ['1e3', null],
])('%s dollars are exact cents or none', (amount, cents) => {
  expect(centsOf(amount)).toBe(cents);
});

test('a salary names no wallets', () => {
  const typed = { ...emptySource('salary', 'CH'), description: ' Work ', amount: '5000' };
  expect(sourceOf(typed, [{ chain: 'ethereum', address: '0x1' }])).toEqual({
    kind: 'salary',
    description: 'Work',
    amount_cents: 500_000,
    country: 'CH',
  });
  expect(sourceOf({ ...typed, amount: 'much' }, [])).toBeNull();
});

test('what was earned on chain is sent and typed again as it was', () => {
  const wallet = { chain: 'ethereum', address: '0x1' };
  const story = { protocol: 'Pool', entry: 'In', exit: 'Out' };
  const typed = {
    ...emptySource('defi', 'CH'),
    description: 'Fees',
    amount: '5.5',
    transactions: '0xa\n0xb',
    ...story,
  };
  const source = sourceOf({ ...typed, transactions: '0xa  \n0xb\n' }, [wallet]);
  expect(source?.on_chain).toEqual({ wallets: [wallet], transactions: ['0xa', '0xb'], ...story });
  expect(source && typedOf(source)).toEqual(typed);
});
