/** Ways to pay of the person signed in, all in the name under which they are verified. */
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { stepUp } from './step-up.svelte';

export const PAYMENT_KINDS = ['bank_account', 'card', 'mobile_wallet'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

export interface PaymentMethod {
  payment_method: string;
  kind: PaymentKind;
  holder: string;
  number: string;
  provider: string;
  created_ms: number;
}

export interface PaymentDraft {
  kind: PaymentKind;
  holder: string;
  number: string;
  provider: string;
}

class PaymentMethods extends Remote<readonly PaymentMethod[]> {
  async reload(): Promise<void> {
    await this.load(() => accountApi.get<PaymentMethod[]>('/payment-methods'));
  }

  /** Keep a way to pay. Raises `RefusedError`. */
  async add(draft: PaymentDraft): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/payment-methods', draft));
    await this.reload();
  }

  /** Keep it no longer. Raises `RefusedError`. */
  async remove(method: string): Promise<void> {
    await stepUp.run(() => accountApi.send('DELETE', `/payment-methods/${method}`));
    await this.reload();
  }
}

export const paymentMethods = new PaymentMethods();
