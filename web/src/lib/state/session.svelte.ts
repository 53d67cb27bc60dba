/** Who trades from this page. Its key lives in memory: a reload asks for another, and signing out forgets it. */
import { RefusedError } from '$lib/api/errors';
import type { TradingKey } from '$lib/api/signing';
import { accountConfig } from './account-config.svelte';
import { accountApi, ownBusinessStream, privateStream, sandboxApi, v5 } from './exchange.svelte';
import { settings } from './settings.svelte';

export interface Who {
  name: string;
  kind: 'demo' | 'person';
}

interface TradingKeyAnswer {
  api_key: string;
  secret_key: string;
  passphrase: string;
}

class Session {
  who = $state<Who | null>(null);
  /** Whether this is a sandbox that opens demo accounts; not known at first. */
  isSandbox = $state(false);
  isBusy = $state(false);
  /** Whether it was found out who is signed in, if anybody is. */
  isKnown = $state(false);
  /** Why the session of before is over, '' when nothing is to be said. */
  ended = $state('');
  #isStarted = false;

  get isSignedIn(): boolean {
    return this.who !== null;
  }

  /** Find out once who is there: a person with a session, or nobody. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const sandbox = sandboxApi.isOpen().then((isOpen) => (this.isSandbox = isOpen));
    if (settings.get('wasSignedIn')) await this.continuePerson().catch((error: unknown) => this.#ended(error));
    const demo = settings.get('demo');
    // A sandbox that began anew does not know the account of before.
    if (!this.who && demo && (await sandbox)) await this.useDemo(demo).catch(() => settings.set('demo', ''));
    this.isKnown = true;
  }

  /** Trade as the person who is signed in with a cookie. Raises `RefusedError` when nobody is. */
  async continuePerson(): Promise<void> {
    const me = await accountApi.get<{ email: string; phone: string }>('/me');
    await accountApi.get('/me/csrf-token');
    this.#begin({ name: me.email || me.phone, kind: 'person' }, await tradingKey(), tradingKey);
    this.ended = '';
    settings.set('wasSignedIn', true);
  }

  /** Open a new demo account of the sandbox and trade with it. */
  async startDemo(): Promise<void> {
    this.isBusy = true;
    try {
      const made = await sandboxApi.makeAccount(`web${Date.now().toString(36)}`);
      this.#begin({ name: made.name, kind: 'demo' }, made.key, null);
      settings.set('demo', made.name);
      // Contracts can be traded from the start.
      await accountConfig.allowContracts();
    } finally {
      this.isBusy = false;
    }
  }

  /** Trade with an account that the sandbox has, by its name or user id. Raises `RefusedError` when it has none. */
  async useDemo(account: string): Promise<void> {
    const found = await sandboxApi.account(account);
    this.#begin({ name: found.name, kind: 'demo' }, found.key, null);
    settings.set('demo', found.name);
  }

  /** Forget the key; a person's session ends, too. */
  async end(): Promise<void> {
    const wasPerson = this.who?.kind === 'person';
    this.who = null;
    v5.key = v5.renew = null;
    privateStream.stop();
    ownBusinessStream.stop();
    // What a browser keeps of us is thrown away with the session; what is no secret is written anew.
    if (wasPerson) await accountApi.send('DELETE', '/sign-in').catch(onlyIfOver);
    accountApi.csrfToken = '';
    settings.set('wasSignedIn', false);
    settings.set('demo', '');
  }

  /** The exchange says that the session is over: forget it, and keep why. */
  #ended(error: unknown): void {
    if (!(error instanceof RefusedError)) return;
    settings.set('wasSignedIn', false);
    this.ended = [error.message, error.remedy].filter(Boolean).join(' ');
  }

  #begin(who: Who, key: TradingKey, renew: (() => Promise<TradingKey | null>) | null): void {
    v5.key = key;
    v5.renew = renew;
    privateStream.restart();
    ownBusinessStream.restart();
    this.who = who;
  }
}

/** Raise what went wrong, unless the session was over already. */
function onlyIfOver(error: unknown): void {
  if (!(error instanceof RefusedError && error.status === 401)) throw error;
}

async function tradingKey(): Promise<TradingKey> {
  const told = await accountApi.send<TradingKeyAnswer>('POST', '/me/trading-key');
  return { apiKey: told.api_key, secret: told.secret_key, passphrase: told.passphrase };
}

export const session = new Session();
