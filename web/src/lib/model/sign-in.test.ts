import { expect, test } from 'vitest';

import { deviceWaysOf, digitsOf, factorsOf, isSent, outcomeOf, pollAfterMs } from './sign-in';

test('what is offered is offered in our order, and nothing else', () => {
  const step = { stage: 'factor', methods: ['backup_code', 'sms', 'palm_reading', 'authenticator'] } as const;
  expect(factorsOf(step)).toEqual(['authenticator', 'sms', 'backup_code']);
  expect(deviceWaysOf({ stage: 'device', methods: ['phone_call', 'email_link'] })).toEqual([
    'email_link',
    'phone_call',
  ]);
  expect(factorsOf({ stage: 'done' })).toEqual([]);
});

test('codes by message are sent first', () => {
  expect((['authenticator', 'sms', 'voice', 'email', 'backup_code'] as const).filter(isSent)).toEqual([
    'sms',
    'voice',
    'email',
  ]);
});

test.each([
  ['credentials_wrong', 'again'],
  ['factor_wrong', 'again'],
  ['sign_in_over', 'over'],
  ['account_frozen', 'over'],
  ['too_many_attempts', 'wait'],
  ['code_sent_recently', 'wait'],
])('%s means %s', (code, outcome) => {
  expect(outcomeOf(code)).toBe(outcome);
});

test('digits are taken out of whatever was pasted', () => {
  expect([digitsOf('123 456'), digitsOf('code: 1234567'), digitsOf('x')]).toEqual(['123456', '123456', '']);
});

test('who waits long is asked less often', () => {
  expect([pollAfterMs(0), pollAfterMs(40)]).toEqual([2_000, 5_000]);
});
