import { expect, test } from 'vitest';

import { factorOf, methodsFor } from './recovery';

test('what is missing is asked for in the order that most people can answer', () => {
  expect(methodsFor(['authenticator', 'phone', 'email'])).toEqual(['email', 'sms', 'voice', 'authenticator']);
  expect(methodsFor(['phone'])).toEqual(['sms', 'voice']);
  expect(methodsFor([])).toEqual([]);
});

test('a call and a message both prove the phone', () => {
  expect([factorOf('voice'), factorOf('sms'), factorOf('email'), factorOf('authenticator')]).toEqual([
    'phone',
    'phone',
    'email',
    'authenticator',
  ]);
});
