/** Who works here: the session of staff, its passkey, and acts that want it anew. Nothing of it is kept but a name. */
import { AccountClient } from '$lib/api/account';
import { Confirming, NotConfirmedError } from '$lib/api/confirming';
import { RefusedError } from '$lib/api/errors';
import { canUsePasskeys, usePasskey } from '$lib/api/passkey';
import { SandboxClient } from '$lib/api/sandbox';
import type { Here, Member } from '$lib/model/staff';
import { settings } from '../settings.svelte';
import { t } from '../text.svelte';

export interface Ready {
  name: string;
  identifier: string;
  password: string;
}

interface Begun {
  sign_in: string;
  options: { challenge: string };
}

export const staffApi = new AccountClient((input, init) => fetch(input, init), '/api/staff');
const sandbox = new SandboxClient();

class Desk {
  me = $state.raw<Member | null>(null);
  /** Whether it was found out if somebody is signed in. */
  isKnown = $state(false);
  /** Why the session of before is over, '' when nothing is to be said. */
  ended = $state('');
  /** The ready staff of a sandbox; nobody elsewhere. */
  ready = $state.raw<Ready[]>([]);
  #aheadMs = 0;
  readonly #confirming = new Confirming(() => this.#confirm());

  /** Find out who is there. */
  async start(): Promise<void> {
    if (settings.get('wasStaff')) await this.#look().catch((error: unknown) => this.#over(error));
    if (!this.me) this.ready = await sandbox.get<Ready>('/staff').catch(() => []);
    this.isKnown = true;
  }

  /** The exchange's time, as far as this page can tell. */
  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  get here(): Here {
    return { userId: this.me?.user_id ?? -1, nowMs: this.nowMs() };
  }

  /** Whether one of their roles lets them do `action` alone. */
  may(action: string): boolean {
    return this.me?.may.includes(action) ?? false;
  }

  /** Sign in as a person with a passkey in this browser. Raises `RefusedError` and `DOMException`. */
  async signIn(identifier: string, password: string): Promise<void> {
    await this.#enter(identifier, password, '');
  }

  /** Sign in as one of the ready staff, for whom the sandbox signs. */
  async signInReady(one: Ready): Promise<void> {
    await this.#enter(one.identifier, one.password, one.name);
  }

  async signOut(): Promise<void> {
    await staffApi.send('DELETE', '/sign-in').catch((error: unknown) => this.#over(error));
    this.me = null;
    // What a browser keeps of us is thrown away with the session; whose browser this is stays known.
    settings.set('wasStaff', false);
    this.ended = '';
    await this.start();
  }

  /** What `path` answers. A session that is over shows the sign-in again. */
  async get<Value>(path: string, query: Record<string, string | number | undefined> = {}): Promise<Value> {
    return this.#watched(() => staffApi.get<Value>(path, query));
  }

  /** Change something; the passkey is asked for again where it was given too long ago. */
  async act<Value>(path: string, body: unknown = {}): Promise<Value> {
    return this.#watched(() => this.#confirming.run(() => staffApi.send<Value>('POST', path, body)));
  }

  async #enter(identifier: string, password: string, ready: string): Promise<void> {
    const begun = await staffApi.send<Begun>('POST', '/sign-in', { identifier, password });
    const credential = await this.#sign(begun.options, ready);
    await staffApi.send('POST', '/sign-in/passkey', { sign_in: begun.sign_in, credential });
    settings.set('readyStaff', ready);
    settings.set('wasStaff', true);
    this.ended = '';
    await this.#look();
  }

  async #look(): Promise<void> {
    const me = await staffApi.get<Member>('/sign-in');
    this.#aheadMs = me.time_ms - Date.now();
    this.me = me;
  }

  async #confirm(): Promise<void> {
    const options = await staffApi.send<Begun['options']>('POST', '/sign-in/confirm/options');
    const credential = await this.#sign(options, settings.get('readyStaff')).catch(notGiven);
    await staffApi.send('POST', '/sign-in/confirm', { credential });
  }

  async #sign(options: Begun['options'], ready: string): Promise<unknown> {
    if (!ready) return usePasskey(options);
    const asked = { name: ready, challenge: options.challenge };
    const [credential] = await sandbox.send<unknown>('POST', '/staff/passkey', asked);
    return credential;
  }

  async #watched<Value>(ask: () => Promise<Value>): Promise<Value> {
    try {
      return await ask();
    } catch (error) {
      this.#over(error);
      throw error;
    }
  }

  #over(error: unknown): void {
    if (!(error instanceof RefusedError) || error.status !== 401) return;
    settings.set('wasStaff', false);
    if (error.code === 'session_ended') this.ended = [error.message, error.remedy].join(' ');
    if (this.me) {
      this.me = null;
      void this.start();
    }
  }
}

/** The person closed the question of the browser. */
function notGiven(error: unknown): never {
  if (error instanceof DOMException) throw new NotConfirmedError(t('staff.passkeyNot'));
  throw error;
}

export const desk = new Desk();

/** Whether this browser can use a passkey of its own at this address. */
export const hasPasskeys = (): boolean => canUsePasskeys(location.hostname);
