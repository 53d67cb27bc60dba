import { expect, test } from 'vitest';

import { atLocalName, isNumericHost } from './host';

test.each([
  ['127.0.0.1', true],
  ['[::1]', true],
  ['localhost', false],
  ['exchange.example', false],
  ['1and1.example', false],
])('whether %s is a number', (hostname, isNumeric) => {
  expect(isNumericHost(hostname)).toBe(isNumeric);
});

test('a page has another address by name', () => {
  expect(atLocalName('http://127.0.0.1:8080/sign-in?next=%2Fsecurity')).toBe(
    'http://localhost:8080/sign-in?next=%2Fsecurity',
  );
  expect(atLocalName('https://exchange.example/127.0.0.1')).toBe('');
});
