/** A way back in under way: a forgotten password, or an account that its owner froze. */
import { accountApi } from './exchange.svelte';
import { type ProofStep, Proving } from './proving.svelte';

export type RecoveryKind = 'password' | 'unfreeze';
export type RecoveryPhase = 'who' | 'factors' | 'last' | 'done';

export class Recovery extends Proving {
  phase = $state<RecoveryPhase>('who');
  kind = $state<RecoveryKind>('password');
  /** Why the one before ended. */
  notice = $state('');

  constructor(kind: RecoveryKind) {
    super('/recovery', 'recovery');
    this.kind = kind;
  }

  /** Say who one is. No answer tells whether there is such a person. */
  async begin(identifier: string, password: string): Promise<void> {
    this.notice = '';
    await this.attempt(async () => {
      const form = { kind: this.kind, identifier, password };
      const step = await accountApi.send<ProofStep & { recovery: string }>('POST', '/recovery', form);
      this.forget();
      this.token = step.recovery;
      this.phase = 'factors';
      await this.take(step.missing);
    });
  }

  async choosePassword(password: string): Promise<void> {
    await this.#finish('/recovery/password', { recovery: this.token, password });
  }

  async unfreeze(): Promise<void> {
    await this.#finish('/recovery/unfreeze', { recovery: this.token });
  }

  startOver(notice = ''): void {
    this.forget();
    this.notice = notice;
    this.phase = 'who';
  }

  protected complete(): void {
    this.phase = 'last';
  }

  async #finish(path: string, form: object): Promise<void> {
    await this.attempt(async () => {
      await accountApi.send('POST', path, form);
      this.phase = 'done';
    });
  }
}
