/** A lost factor that is to be taken off: said, proved by the others, then with those who look at it. */
import type { Factor } from '$lib/model/recovery';
import type { Step } from '$lib/model/sign-in';
import { accountApi } from './exchange.svelte';
import { type ProofStep, Proving } from './proving.svelte';
import { Remote } from './remote.svelte';

export type ResetPhase = 'password' | 'what' | 'factors' | 'done';

export class Reset extends Proving {
  phase = $state<ResetPhase>('password');
  /** Why the one before ended. */
  notice = $state('');
  readonly #hasSession: boolean;
  #signIn = '';

  /** `hasSession`: who is signed in need not give the password again. */
  constructor(hasSession: boolean) {
    super('/security/resets', 'reset');
    this.#hasSession = hasSession;
    this.startOver('');
  }

  /** Check the password, without signing in. */
  async givePassword(identifier: string, password: string): Promise<void> {
    this.notice = '';
    await this.attempt(async () => {
      const step = await accountApi.send<Step>('POST', '/sign-in', { identifier, password });
      this.#signIn = step.sign_in ?? '';
      this.phase = 'what';
    });
  }

  /** Say what is lost, and how. */
  async begin(factor: Factor, reason: string): Promise<void> {
    this.notice = '';
    await this.attempt(async () => {
      const form = { factor, reason: reason.trim(), sign_in: this.#signIn };
      const step = await accountApi.send<ProofStep & { reset: string }>('POST', '/security/resets', form);
      this.forget();
      this.token = step.reset;
      this.phase = 'factors';
      await this.take(step.missing);
    });
  }

  startOver(notice = ''): void {
    this.forget();
    this.#signIn = '';
    this.notice = notice;
    this.phase = this.#hasSession ? 'what' : 'password';
  }

  protected complete(): void {
    this.phase = 'done';
    if (this.#hasSession) void lastReset.reload();
  }
}

export interface ResetAnswer {
  factor: Factor;
  state: 'in_review' | 'cooling' | 'done' | 'refused' | 'canceled';
  begun_ms: number;
  due_ms: number;
}

class LastReset extends Remote<ResetAnswer | 'none'> {
  async reload(): Promise<void> {
    await this.load(async () => (await accountApi.get<ResetAnswer | null>('/security/resets')) ?? 'none');
  }

  /** Keep the factor after all. Raises `RefusedError`. */
  async cancel(): Promise<void> {
    await accountApi.send('DELETE', '/security/resets');
    await this.reload();
  }
}

export const lastReset = new LastReset();
