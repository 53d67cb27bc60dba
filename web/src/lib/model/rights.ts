/** What a person may do, as the exchange decided it: sorted and counted for people to see; nothing is decided here. */
import type { Decimal } from './decimals';

export type Effect = 'allow' | 'limit' | 'deny';

export interface Decision {
  capability: string;
  effect: Effect;
  limit: number | null;
  unit: string;
  reason: string;
  sentence: string;
  rule: string;
  version: string;
}

export interface Rights {
  entity: string;
  residence: string;
  kyc_level: number;
  rules_version: string;
  decisions: readonly Decision[];
}

export const GROUPS = ['trading', 'money', 'products', 'api', 'account'] as const;
export type Group = (typeof GROUPS)[number];
export const LEVELS = [0, 1, 2, 3] as const;

const GROUP_OF: Readonly<Record<string, Group>> = {
  trade: 'trading',
  bots: 'trading',
  copy: 'trading',
  leverage: 'trading',
  money: 'money',
  fiat: 'money',
  p2p: 'money',
  pay: 'money',
  earn: 'products',
  loans: 'products',
  campaigns: 'products',
  wallet: 'products',
  api: 'api',
};

/** Where a capability is shown; what is new belongs to the account. */
export function groupOf(capability: string): Group {
  return GROUP_OF[capability.split('.')[0] ?? ''] ?? 'account';
}

/** The decisions of each group, groups without any left out. */
export function grouped(decisions: readonly Decision[]): { name: Group; decisions: Decision[] }[] {
  return GROUPS.map((name) => ({
    name,
    decisions: decisions.filter(({ capability }) => groupOf(capability) === name),
  })).filter((group) => group.decisions.length > 0);
}

/** How many are open, limited and closed. */
export function tally(decisions: readonly Decision[]): Record<Effect, number> {
  const count = (effect: Effect) => decisions.filter((one) => one.effect === effect).length;
  return { allow: count('allow'), limit: count('limit'), deny: count('deny') };
}

export interface Hindrance {
  reason: string;
  why: string;
  count: number;
}

/** Why things are closed: each reason once, the one that closes most first. */
export function hindrances(decisions: readonly Decision[]): Hindrance[] {
  const found = new Map<string, Hindrance>();
  for (const { effect, reason, sentence } of decisions) {
    if (effect !== 'deny') continue;
    const known = found.get(reason);
    if (known) known.count += 1;
    else found.set(reason, { reason, why: whyOf(sentence), count: 1 });
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

/** What a person can do something about, in the order in which it has to be done. */
const MENDABLE = [
  'account_frozen',
  'residence_missing',
  'factors_missing',
  'questionnaire_overdue',
  'kyc_level_too_low',
  'knowledge_test_missing',
];

/** What to do next to open more; `null` when nothing is left to be done. */
export function nextStep(decisions: readonly Decision[]): Hindrance | null {
  const found = hindrances(decisions);
  return MENDABLE.map((reason) => found.find((one) => one.reason === reason)).find(Boolean) ?? null;
}

/** The reason out of a sentence such as `Spot trading: not possible. Link a phone number first.` */
export function whyOf(sentence: string): string {
  const said = sentence.slice(sentence.indexOf(': ') + 2);
  return said.replace(/^not possible\. /u, '');
}

/** US cents as dollars. */
export function usdOf(cents: number): Decimal {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
