/** Guided steps after something that was not the person: what is closed meanwhile, what is done, what is left. */
import { accountApi } from './exchange.svelte';
import { refusalCode } from './refusal-texts';
import { Remote } from './remote.svelte';
import { stepUp } from './step-up.svelte';

export type GuideKind = 'unusual_activity' | 'trojan';
/** What is looked through, and kept by naming all of it. */
export type ReviewedStep = 'connected_accounts' | 'payment_methods' | 'passkeys' | 'contacts';

export interface Guide {
  guide: string;
  kind: GuideKind;
  begun_ms: number;
  steps: readonly { name: string; done: boolean }[];
}

/** `null` in its value: none is open. */
class GuideStore extends Remote<Guide | null> {
  async reload(): Promise<void> {
    await this.load(async () => {
      try {
        return await accountApi.get<Guide>('/security/guide');
      } catch (error) {
        if (refusalCode(error) === 'guide_not_found') return null;
        throw error;
      }
    });
  }

  /** Close trading and withdrawals, and list what to do. Raises `RefusedError`. */
  async begin(kind: GuideKind): Promise<void> {
    this.set(await accountApi.send<Guide>('POST', '/security/guide', { kind }));
  }

  /** Say that everything there is of a step is the person's own. Raises `RefusedError`. */
  async keep(step: ReviewedStep, kept: readonly string[]): Promise<void> {
    this.set(await stepUp.run(() => accountApi.send<Guide>('POST', '/security/guide/kept', { step, kept })));
  }

  /** Open everything again. Raises `RefusedError`. */
  async finish(): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/security/guide/finish'));
    await this.reload();
  }
}

export const guide = new GuideStore();

export interface Kept {
  id: string;
  name: string;
}

/** What there is of a step, as the person would know it. Raises `RefusedError`. */
export async function thereIs(step: ReviewedStep): Promise<readonly Kept[]> {
  if (step === 'contacts') {
    const { email, phone } = await accountApi.get<{ email: string; phone: string }>('/me');
    return Object.entries({ email, phone }).flatMap(([id, name]) => (name ? [{ id, name }] : []));
  }
  if (step === 'passkeys') {
    const rows = await accountApi.get<{ passkey: string; name: string }[]>('/passkeys');
    return rows.map(({ passkey, name }) => ({ id: passkey, name }));
  }
  if (step === 'payment_methods') {
    const rows =
      await accountApi.get<{ payment_method: string; provider: string; number: string }[]>('/payment-methods');
    return rows.map(({ payment_method, provider, number }) => ({ id: payment_method, name: `${provider} ${number}` }));
  }
  const rows = await accountApi.get<{ connected: string; title: string; label: string }[]>('/connected');
  return rows.map(({ connected, title, label }) => ({ id: connected, name: `${title}: ${label}` }));
}
