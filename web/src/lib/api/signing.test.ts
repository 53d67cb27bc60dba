import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';

import { loginArgument, signature, signedHeaders } from './signing';

const key = { apiKey: 'key', secret: 'secret', passphrase: 'pass' };
const expected = (text: string) => createHmac('sha256', 'secret').update(text).digest('base64');

test('a signature is what every other client computes', () => {
  expect(signature('secret', 'é and more')).toBe(expected('é and more'));
});

test('a request is signed with its moment, method, target and body', () => {
  expect(signedHeaders(key, 1_700_000_000_001, 'POST', '/api/v5/trade/order?x=1', '{}')).toEqual({
    'OK-ACCESS-KEY': 'key',
    'OK-ACCESS-SIGN': expected('2023-11-14T22:13:20.001ZPOST/api/v5/trade/order?x=1{}'),
    'OK-ACCESS-TIMESTAMP': '2023-11-14T22:13:20.001Z',
    'OK-ACCESS-PASSPHRASE': 'pass',
  });
});

test('a login is signed with whole seconds', () => {
  expect(loginArgument(key, 1_700_000_000_999)).toEqual({
    apiKey: 'key',
    passphrase: 'pass',
    timestamp: '1700000000',
    sign: expected('1700000000GET/users/self/verify'),
  });
});
