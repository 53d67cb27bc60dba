/** The governance of the person signed in: who serves them, what is open, what is held, what changed. */
import type { Decision, Effect, Rights } from '$lib/model/rights';
import { LEVELS } from '$lib/model/rights';
import { accountApi, sandboxApi } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Me {
  uid: string;
  state: string;
  email: string;
  phone: string;
  missing_factors: readonly string[];
}

export interface Changed {
  before: Effect | '';
  before_reason: string;
  now: Decision;
}

export interface RuleChange {
  from_ms: number;
  rule: string;
  about: string;
  diff: readonly string[];
  source: string;
}

export interface Changes {
  since_ms: number | null;
  rights: readonly Changed[];
  rules: readonly RuleChange[];
}

export interface Hold {
  hold_id: number;
  kind: string;
  currency: string;
  amount: number | null;
  until_ms: number | null;
  reason: string;
}

export interface Restriction {
  restriction_id: number;
  kind: string;
  reason: string;
  documents: readonly string[];
  answer_until_ms: number | null;
  until_ms: number | null;
  can_appeal: boolean;
}

interface Opening {
  now: Decision;
  then: Decision;
}

export interface Overview {
  me: Me;
  rights: Rights;
  changes: Changes;
  holds: readonly Hold[];
  restrictions: readonly Restriction[];
  /** What the next level would open; empty at the highest. */
  opens: readonly Decision[];
}

class OverviewStore extends Remote<Overview> {
  async reload(): Promise<void> {
    await this.load(async () => {
      const [me, rights, changes, holds, restrictions] = await Promise.all([
        accountApi.get<Me>('/me'),
        accountApi.get<Rights>('/me/rights'),
        accountApi.get<Changes>('/me/rights/changes'),
        accountApi.get<Hold[]>('/me/holds'),
        accountApi.get<Restriction[]>('/me/restrictions'),
      ]);
      return { me, rights, changes, holds, restrictions, opens: await opensAfter(rights.kyc_level) };
    });
  }

  /** Let in the device that shows `code`. Raises `RefusedError`. */
  async letIn(code: string): Promise<void> {
    await accountApi.send('POST', '/sign-in/device/approve', { code });
  }

  /** Bring play money into the account, which only a sandbox does. Raises `RefusedError`. */
  async addPlayMoney(amount: string): Promise<void> {
    await sandboxApi.send('POST', '/accounts/fund', { account: this.value?.me.uid, currency: 'USDT', amount });
  }
}

async function opensAfter(level: number): Promise<Decision[]> {
  if (level >= (LEVELS.at(-1) ?? 0)) return [];
  const found = await accountApi.get<Opening[]>(`/me/rights/at-level/${String(level + 1)}`);
  return found.filter(({ now, then }) => now.effect === 'deny' && then.effect !== 'deny').map(({ then }) => then);
}

export const overview = new OverviewStore();
