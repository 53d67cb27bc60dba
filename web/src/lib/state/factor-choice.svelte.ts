/** Second factors of which one is to be given: at sign-in, and wherever somebody confirms that it is them. */
import { type FactorMethod, isSent } from '$lib/model/sign-in';

export type SentMethod = 'sms' | 'voice' | 'email';

export abstract class FactorChoice {
  isBusy = $state(false);
  problem = $state('');
  factors = $state.raw<FactorMethod[]>([]);
  method = $state<FactorMethod | null>(null);
  /** Where codes went, masked, and when the last one did. */
  sentTo = $state<Partial<Record<FactorMethod, string>>>({});
  sentMs = $state(0);

  /** Go on with another factor; a code is sent the first time one is needed, calls only when they are asked for. */
  async choose(method: FactorMethod): Promise<void> {
    this.method = method;
    this.problem = '';
    if (isSent(method) && method !== 'voice' && !this.sentTo[method]) await this.sendCode();
  }

  async sendCode(): Promise<void> {
    const method = this.method;
    if (!method || !isSent(method)) return;
    await this.attempt(async () => {
      this.sentTo = { ...this.sentTo, [method]: await this.askForCode(method) };
      this.sentMs = Date.now();
    });
  }

  abstract giveFactor(answer: string): Promise<void>;

  /** Have a code sent; where to, masked. */
  protected abstract askForCode(method: SentMethod): Promise<string>;

  /** Say what went wrong. */
  protected abstract fail(error: unknown): void;

  protected async attempt(act: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.problem = '';
    try {
      await act();
    } catch (error) {
      this.fail(error);
    } finally {
      this.isBusy = false;
    }
  }

  protected forgetCodes(): void {
    this.sentTo = {};
    this.method = null;
    this.problem = '';
  }
}
