/** "Confirm that it is you": one question for the whole site, asked when the account API wants it and at no other time. */
import { Confirming, NotConfirmedError } from '$lib/api/confirming';
import { canUsePasskeys, usePasskey } from '$lib/api/passkey';
import { factorsOf } from '$lib/model/sign-in';
import { accountApi } from './exchange.svelte';
import { FactorChoice, type SentMethod } from './factor-choice.svelte';
import { refusalText } from './refusal-texts';
import { t } from './text.svelte';

class StepUp extends FactorChoice {
  isOpen = $state(false);
  /** Whether a passkey is there that this browser could use here. */
  hasPasskey = $state(false);
  readonly #confirming = new Confirming(() => this.#ask());
  #answer: { confirmed: () => void; canceled: (error: Error) => void } | null = null;

  /** Do `act`; when it has to be confirmed first, ask and do it then. Raises `NotConfirmedError` and what it raises. */
  run<Value>(act: () => Promise<Value>): Promise<Value> {
    return this.#confirming.run(act);
  }

  async giveFactor(answer: string): Promise<void> {
    const form = { method: this.method, answer };
    await this.attempt(async () => {
      await accountApi.send('POST', '/sign-in/step-up', form);
      this.#close()?.confirmed();
    });
  }

  async givePasskey(): Promise<void> {
    await this.attempt(async () => {
      const options = await accountApi.send('POST', '/passkeys/step-up/options');
      await accountApi.send('POST', '/passkeys/step-up', { credential: await usePasskey(options) });
      this.#close()?.confirmed();
    });
  }

  /** Another way than a passkey. */
  async useCode(): Promise<void> {
    const [first] = this.factors;
    if (first) await this.choose(first);
  }

  /** Back to the passkey. */
  leaveCode(): void {
    this.method = null;
    this.problem = '';
  }

  cancel(): void {
    this.#close()?.canceled(new NotConfirmedError(t('security.notConfirmed')));
  }

  protected async askForCode(method: SentMethod): Promise<string> {
    return (await accountApi.send<{ sent_to: string }>('POST', '/sign-in/step-up/code', { method })).sent_to;
  }

  protected fail(error: unknown): void {
    this.problem = error instanceof DOMException ? t('security.passkeyNotUsed') : refusalText(error);
  }

  async #ask(): Promise<void> {
    const { methods } = await accountApi.get<{ methods: string[] }>('/sign-in/step-up');
    this.forgetCodes();
    this.factors = factorsOf({ stage: 'factor', methods });
    this.hasPasskey = methods.includes('passkey') && canUsePasskeys(window.location.hostname);
    const answered = new Promise<void>((confirmed, canceled) => (this.#answer = { confirmed, canceled }));
    this.isOpen = true;
    if (!this.hasPasskey) void this.useCode();
    await answered;
  }

  #close() {
    const answer = this.#answer;
    this.#answer = null;
    this.isOpen = false;
    return answer;
  }
}

export const stepUp = new StepUp();
