import { describe, expect, test } from 'vitest';

import { fromBase58 } from './base58';
import { isBech32 } from './bech32';
import { NETWORKS, addressProblems, mayNeedMemo, networkOf, shortAddress } from './wallet-address';

const BITCOIN = 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq';
const ETHEREUM = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const TRON = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t';
const RIPPLE = 'rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B';
const DRAFT = { network: 'Bitcoin', currency: '', address: BITCOIN, memo: '', label: 'mine' };

describe('addresses by network', () => {
  test.each([
    ['Bitcoin', BITCOIN],
    ['Bitcoin', BITCOIN.toUpperCase()],
    ['Bitcoin', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2'],
    ['Bitcoin', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'],
    ['Bitcoin', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'],
    ['ERC20', ETHEREUM],
    ['ERC20', ETHEREUM.toLowerCase()],
    ['Arbitrum One', ETHEREUM],
    ['TRC20', TRON],
    ['Solana', 'So11111111111111111111111111111111111111112'],
    ['Ripple', RIPPLE],
    ['Stellar', `G${'A'.repeat(55)}`],
  ])('%s writes %s', (network, address) => {
    expect(addressProblems({ ...DRAFT, network, address })).toEqual({});
  });

  test.each([
    ['Bitcoin', '', 'empty'],
    ['Bitcoin', 'short', 'form'],
    ['Bitcoin', `${BITCOIN.slice(0, -1)}x`, 'form'],
    ['Bitcoin', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3', 'form'],
    ['Bitcoin', BITCOIN.replace('a', 'A'), 'form'],
    ['Bitcoin', ETHEREUM, 'other'],
    ['TRC20', ETHEREUM, 'other'],
    ['ERC20', TRON, 'other'],
    ['ERC20', ETHEREUM.replace('aAe', 'aae'), 'checksum'],
    ['Solana', 'So1111111111111111111111111111111111111111O', 'form'],
    ['somewhere new', 'white space', 'form'],
  ])('%s does not write %s', (network, address, problem) => {
    expect(addressProblems({ ...DRAFT, network, address })).toEqual({ address: problem });
  });

  test('a network that we do not know takes what shows', () => {
    expect(addressProblems({ ...DRAFT, network: 'Fuel', address: 'whatever-it-is' })).toEqual({});
    expect(networkOf(' erc20 ')?.title).toBe('Ethereum (ERC20)');
    expect(networkOf('Fuel')).toBeNull();
  });

  test('every network has a name that the exchange takes', () => {
    for (const { name } of NETWORKS) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,47}$/u);
  });
});

test.each([
  [{ network: '' }, { network: 'form' }],
  [{ currency: 'usdt' }, { currency: 'form' }],
  [{ label: ' ' }, { label: 'empty' }],
  [{ label: 'a'.repeat(51) }, { label: 'form' }],
  [{ network: 'Ripple', address: RIPPLE, memo: 'desk 7' }, { memo: 'form' }],
  [{ memo: 'ñ' }, { memo: 'form' }],
])('%j is told at its field', (change, problems) => {
  expect(addressProblems({ ...DRAFT, ...change })).toEqual(problems);
});

test('where an address is shared, what tells people apart is asked for', () => {
  expect(mayNeedMemo({ network: 'Ripple', memo: '' })).toBe(true);
  expect(mayNeedMemo({ network: 'Ripple', memo: '7' })).toBe(false);
  expect(mayNeedMemo({ network: 'Bitcoin', memo: '' })).toBe(false);
});

test('zeros in front are bytes, too, and other signs are none', () => {
  expect(fromBase58('112')).toEqual(Uint8Array.from([0, 0, 1]));
  expect(fromBase58('0')).toBeNull();
  expect(isBech32('bc1', 'bc')).toBe(false);
});

test('an address is shown by its ends', () => {
  expect(shortAddress(BITCOIN)).toBe('bc1qar0s…zzwf5mdq');
  expect(shortAddress('short-one')).toBe('short-one');
});
