import { expect, test } from 'vitest';

import { readAddresses, shownNetwork } from './network-address';

test.each([
  ['', []],
  ['203.0.113.7', ['203.0.113.7']],
  [' 203.0.113.7,\n198.51.100.0/24 203.0.113.7;', ['203.0.113.7', '198.51.100.0/24']],
  ['2001:db8::/32 ::1', ['2001:db8::/32', '::1']],
  ['1:2:3:4:5:6:7:8', ['1:2:3:4:5:6:7:8']],
  ['0.0.0.0/0', ['0.0.0.0/0']],
])('%j holds addresses', (text, networks) => {
  expect(readAddresses(text, 20)).toEqual({ isFine: true, networks });
});

test.each([
  ['localhost', 'form'],
  ['256.0.0.1', 'form'],
  ['203.0.113', 'form'],
  ['203.0.113.07', 'form'],
  ['203.0.113.0/33', 'form'],
  ['203.0.113.0/24/8', 'form'],
  ['203.0.113.0/', 'form'],
  ['2001:db8::1::2', 'form'],
  ['1:2:3:4:5:6:7', 'form'],
  ['1:2:3:4:5:6:7::8', 'form'],
  ['12345::', 'form'],
  ['203.0.113.7/24', 'host'],
  ['2001:db8::1/32', 'host'],
])('%s is named as wrong', (entry, why) => {
  expect(readAddresses(`203.0.113.1 ${entry}`, 20)).toEqual({ isFine: false, wrong: entry, why });
});

test('the first one too many is named', () => {
  expect(readAddresses('10.0.0.1 10.0.0.2 10.0.0.3', 2)).toEqual({ isFine: false, wrong: '10.0.0.3', why: 'many' });
  expect(readAddresses('10.0.0.1 10.0.0.2', 2).isFine).toBe(true);
});

test('a network of one address is shown as the address', () => {
  expect(['203.0.113.7/32', '2001:db8::1/128', '203.0.113.0/24'].map(shownNetwork)).toEqual([
    '203.0.113.7',
    '2001:db8::1',
    '203.0.113.0/24',
  ]);
});
