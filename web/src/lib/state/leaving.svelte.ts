/** Closing the doors: freezing at once, closing for good, and who is told when nobody hears of a person any more. */
import { RefusedError } from '$lib/api/errors';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { security } from './security.svelte';
import { session } from './session.svelte';
import { stepUp } from './step-up.svelte';

export type HindranceKind = 'open_orders' | 'algo_orders' | 'positions' | 'balances' | 'sub_accounts';

export interface ClosingState {
  hindrances: readonly { kind: HindranceKind; count: number }[];
  ends_ms: number;
  by_house: boolean;
  period_ms: number;
}

export interface EmergencyContact {
  name: string;
  relation: string;
  phone: string;
  email: string;
  inactivity_months: number;
  response_days: number;
  tell_now: boolean;
}

export interface EmergencyChoices {
  inactivity_months: readonly number[];
  response_days: readonly number[];
  reminder_count: number;
}

/** Freeze the account of the person signed in; their session is over then. Raises `RefusedError`. */
export async function freeze(reason: string): Promise<void> {
  await stepUp.run(() => accountApi.send('POST', '/security/freeze', { reason: reason.trim() }));
  await session.end();
}

class Closing extends Remote<ClosingState> {
  async reload(): Promise<void> {
    await this.load(() => accountApi.get<ClosingState>('/security/close'));
  }

  /** Begin to close the account. Raises `RefusedError`. */
  async begin(reason: string): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/security/close', { reason: reason.trim() }));
    await this.reload();
  }

  /** Keep the account after all. Raises `RefusedError`. */
  async takeBack(): Promise<void> {
    await stepUp.run(() => accountApi.send('DELETE', '/security/close'));
    await this.reload();
  }
}

class Emergency extends Remote<{ contact: EmergencyContact | null; choices: EmergencyChoices }> {
  /** Look, and ask who looks only when `mayAsk`: the contact is shown to nobody who merely finds the page open. */
  async reload(mayAsk: boolean): Promise<void> {
    const read = () => accountApi.get<EmergencyContact | null>('/security/emergency-contact');
    try {
      const contact = await (mayAsk ? stepUp.run(read) : read());
      await this.load(async () => {
        return { contact, choices: await accountApi.get<EmergencyChoices>('/security/emergency-contact/choices') };
      });
    } catch (error) {
      if (error instanceof RefusedError && ['step_up_required', 'not_confirmed'].includes(error.code)) this.clear();
      else await this.load(() => Promise.reject(error instanceof Error ? error : new Error(String(error))));
    }
  }

  /** Name somebody, in place of the one before. Raises `RefusedError`. */
  async name(contact: EmergencyContact): Promise<void> {
    await stepUp.run(() => accountApi.send('PUT', '/security/emergency-contact', contact));
    await Promise.all([this.reload(true), security.reload()]);
  }

  /** Name nobody any more. Raises `RefusedError`. */
  async remove(): Promise<void> {
    await stepUp.run(() => accountApi.send('DELETE', '/security/emergency-contact'));
    await Promise.all([this.reload(true), security.reload()]);
  }
}

export const closing = new Closing();
export const emergency = new Emergency();
