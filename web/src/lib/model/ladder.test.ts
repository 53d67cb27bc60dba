import { expect, test } from 'vitest';

import { rungs } from './ladder';
import type { Decision, Effect } from './rights';

function decision(capability: string, effect: Effect, limit: number | null = null): Decision {
  return { capability, effect, limit, unit: 'usd_cents_24h', reason: '', sentence: '', rule: '', version: '' };
}

const told = (effect: Effect, limit: number | null) => (limit === null ? effect : `${effect} ${String(limit)}`);
const written = (found: ReturnType<typeof rungs>) =>
  found.map(({ level, opens, limits }) => ({
    level,
    opens: opens.map(({ after }) => `${after.capability}: ${told(after.effect, after.limit)}`),
    limits: limits.map(
      ({ before, after }) =>
        `${after.capability}: ${told(before.effect, before.limit)} > ${told(after.effect, after.limit)}`,
    ),
  }));

test('each level is told by what it adds to the one before, wherever somebody stands', () => {
  const [spot, out0] = [decision('trade.spot', 'deny'), decision('money.withdraw', 'deny')];
  const [spot1, out1] = [decision('trade.spot', 'allow'), decision('money.withdraw', 'limit', 500)];
  const out2 = decision('money.withdraw', 'limit', 900);
  const out3 = decision('money.withdraw', 'allow');
  const expected = [
    { level: 1, opens: ['trade.spot: allow', 'money.withdraw: limit 500'], limits: [] },
    { level: 2, opens: [], limits: ['money.withdraw: limit 500 > limit 900'] },
    { level: 3, opens: [], limits: ['money.withdraw: limit 900 > allow'] },
  ];
  const fromNone = rungs([
    [],
    [
      { now: spot, then: spot1 },
      { now: out0, then: out1 },
    ],
    [
      { now: spot, then: spot1 },
      { now: out0, then: out2 },
    ],
    [
      { now: spot, then: spot1 },
      { now: out0, then: out3 },
    ],
  ]);
  expect(written(fromNone)).toEqual(expected);
  const fromTwo = rungs([
    [
      { now: spot1, then: spot },
      { now: out2, then: out0 },
    ],
    [{ now: out2, then: out1 }],
    [],
    [{ now: out2, then: out3 }],
  ]);
  expect(written(fromTwo)).toEqual(expected);
});
