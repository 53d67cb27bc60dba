import { describe, expect, test } from 'vitest';

import { NEW_FAULT, PRESETS, faultBody, faultProblems, targetText } from './fault-rule';

describe('what is sent', () => {
  test.each([
    ['rejected', { kind: 'reject', operation: 'order', code: '51008' }],
    ['limited', { kind: 'error', operation: 'GET *', code: '50011', probability: '0.1' }],
    ['slow', { kind: 'latency', delay_ms: '800' }],
    ['unknown', { kind: 'drop', operation: 'order', probability: '0.25', after: 'true' }],
    ['gaps', { kind: 'gap', channel: 'books*', probability: '0.02' }],
    ['outage', { kind: 'outage', endpoint: 'private', for_ms: '30000' }],
  ] as const)('of %s', (name, expected) => {
    const draft = { ...NEW_FAULT, ...PRESETS[name] };
    expect(faultProblems(draft)).toEqual([]);
    expect(faultBody(draft)).toEqual(expected);
  });

  test('nothing that its kind does not know', () => {
    const draft = {
      ...NEW_FAULT,
      kind: 'gap' as const,
      operation: 'order',
      channel: 'books',
      code: '50011',
      delayMs: '5',
    };
    expect(faultBody(draft)).toEqual({ kind: 'gap', channel: 'books' });
  });

  test('a channel or an operation, never both', () => {
    const draft = { ...NEW_FAULT, kind: 'drop' as const, operation: 'order', channel: 'books', after: true };
    expect(faultBody(draft)).toEqual({ kind: 'drop', channel: 'books' });
  });
});

test.each([
  [{ percent: '0' }, 'percent'],
  [{ percent: '101' }, 'percent'],
  [{ percent: '' }, 'percent'],
  [{ kind: 'latency' as const }, 'delay'],
  [{ code: '123' }, 'code'],
  [{ countMax: '0' }, 'count'],
  [{ forSeconds: '1.5' }, 'time'],
])('%o is wrong', (some, expected) => expect(faultProblems({ ...NEW_FAULT, ...some })).toEqual([expected]));

test('a rule says whom it strikes', () => {
  expect(targetText({ rule: 'r1', kind: 'gap', channel: 'books*', instrument: 'BTC-USDT' })).toBe('books* · BTC-USDT');
  expect(targetText({ rule: 'r1', kind: 'drop' })).toBe('');
});
