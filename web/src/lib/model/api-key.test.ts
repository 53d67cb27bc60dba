import { describe, expect, test } from 'vitest';

import {
  type KeyDraft,
  changeProblems,
  keyState,
  newPassphrase,
  passphraseParts,
  problemsOf,
  wasUsed,
} from './api-key';

const CHOICES = { sub_accounts: [], keys_max: 50, networks_max: 2, unused_days_max: 14, withdraw_wait_ms: 86_400_000 };
const DRAFT: KeyDraft = {
  label: 'bot',
  passphrase: 'Correct-horse-1',
  scopes: ['read', 'trade'],
  addresses: '203.0.113.7',
  subAccount: '',
};

describe('a key that is to be made', () => {
  test.each<[Partial<KeyDraft>, object]>([
    [{}, {}],
    [{ label: '' }, {}],
    [{ label: 'a'.repeat(51) }, { label: { why: 'label', about: '' } }],
    [{ label: 'a\nb' }, { label: { why: 'label', about: '' } }],
    [{ passphrase: 'seven77' }, { passphrase: { why: 'passphrase', about: '' } }],
    [{ passphrase: 'with spaces' }, { passphrase: { why: 'passphrase', about: '' } }],
    [{ passphrase: 'contraseña' }, { passphrase: { why: 'passphrase', about: '' } }],
    [{ addresses: '' }, {}],
    [{ addresses: 'here' }, { addresses: { why: 'addressForm', about: 'here' } }],
    [{ addresses: '10.0.0.1/8' }, { addresses: { why: 'addressHost', about: '10.0.0.1/8' } }],
    [{ addresses: '10.0.0.1 10.0.0.2 10.0.0.3' }, { addresses: { why: 'addressMany', about: '10.0.0.3' } }],
    [{ scopes: ['withdraw'], addresses: '' }, { addresses: { why: 'addressMissing', about: '' } }],
    [{ scopes: ['withdraw'] }, { addresses: { why: 'addressBook', about: '' } }],
  ])('%j lacks %j', (change, problems) => {
    expect(problemsOf({ ...DRAFT, ...change }, CHOICES, false)).toEqual(problems);
  });

  test('may withdraw once addresses are listed', () => {
    expect(problemsOf({ ...DRAFT, scopes: ['withdraw'] }, CHOICES, true)).toEqual({});
  });
});

test('a key that withdraws keeps its addresses when it is changed', () => {
  expect(changeProblems({ label: '', addresses: '', scopes: ['read', 'withdraw'] }, CHOICES)).toHaveProperty(
    'addresses',
  );
  expect(changeProblems({ label: '', addresses: '', scopes: ['read'] }, CHOICES)).toEqual({});
});

test('a passphrase tells what it has', () => {
  const has = (text: string) => passphraseParts(text).map(({ isThere }) => isThere);
  expect(has('')).toEqual([false, false]);
  expect(has('short')).toEqual([false, true]);
  expect(has('long enough it is')).toEqual([true, false]);
  expect(has('long-enough')).toEqual([true, true]);
});

test('a made passphrase is taken, and takes every fair byte', () => {
  const made = newPassphrase((bytes) => bytes.forEach((_, at) => (bytes[at] = at * 4)));
  expect(made).toHaveLength(20);
  expect(problemsOf({ ...DRAFT, passphrase: made }, CHOICES, false)).toEqual({});
  const second = newPassphrase((bytes) => bytes.fill(255, 0, 60).fill(1, 60));
  expect(second).toBe('B'.repeat(20));
});

test('how long it lasts', () => {
  const now = 1_000_000_000_000;
  expect(keyState({ lapsed: true, lapses_ms: 0 }, now)).toBe('lapsed');
  expect(keyState({ lapsed: false, lapses_ms: now + 86_400_000 }, now)).toBe('lapsing');
  expect(keyState({ lapsed: false, lapses_ms: now + 10 * 86_400_000 }, now)).toBe('lasting');
  expect(keyState({ lapsed: false, lapses_ms: 0 }, now)).toBe('lasting');
  expect([wasUsed({ created_ms: 5, last_used_ms: 5 }), wasUsed({ created_ms: 5, last_used_ms: 6 })]).toEqual([
    false,
    true,
  ]);
});
