import { expect, test } from 'vitest';

import { finds, messageOf, pieces } from './messages';

test.each([
  ['Your code is 123456.', ['code 123456']],
  ['lonja: 48210377 is your code. 48210377 again', ['code 48210377']],
  ['Go to http://127.0.0.1:8080/confirm?token=123456.', ['link http://127.0.0.1:8080/confirm?token=123456']],
  ['See (https://lonja.example/a), then 654321', ['link https://lonja.example/a', 'code 654321']],
  ['Call +14155550100 about 1000000.50 USDT of order 1234567890123', []],
  ['Nothing at all', []],
])('%s', (text, expected) => {
  expect(finds(text).map(({ kind, text: found }) => `${kind} ${found}`)).toEqual(expected);
  expect(
    pieces(text)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});

test('what a row lacks is empty', () => {
  expect(messageOf({ channel: 'sms', to: '+1', text: 'x', time_ms: 5 })).toEqual({
    channel: 'sms',
    to: '+1',
    subject: '',
    text: 'x',
    timeMs: 5,
  });
});
