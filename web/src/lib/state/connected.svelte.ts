/** Accounts at other providers: to sign in by, to sign up by, and linked to the person signed in. */
import type { Arrived, Brought } from '$lib/model/brought';
import { keepNext } from '$lib/model/next-page';
import { Listed } from './access.svelte';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { stepUp } from './step-up.svelte';

export interface Provider {
  provider: string;
  title: string;
}

export interface ConnectedAccount {
  connected: string;
  provider: string;
  title: string;
  label: string;
  created_ms: number;
  last_used_ms: number;
}

class Providers extends Remote<readonly Provider[]> {
  async start(): Promise<void> {
    if (this.value === null) await this.load(() => accountApi.get<Provider[]>('/connected/providers'));
  }

  /** Leave for a provider, to come back signed in and go on to `next`. Raises `RefusedError`. */
  async signInBy(provider: string, next: string | null): Promise<void> {
    keepNext(sessionStorage, next);
    leaveFor(await accountApi.send<{ address: string }>('POST', '/connected/sign-in/begin', { provider }));
  }
}

class Connected extends Listed<ConnectedAccount> {
  /** What the browser came back with to link, until the page that links it takes it. Never in an address or a store. */
  arrived: Arrived | null = null;

  /** Leave for a provider, to come back with an account to link. Raises `RefusedError`. */
  async beginLink(provider: string): Promise<void> {
    const begin = () => accountApi.send<{ address: string }>('POST', '/connected/link/begin', { provider });
    leaveFor(await stepUp.run(begin));
  }

  /** Raises `RefusedError`. */
  async finishLink({ state, code }: Brought): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/connected/link/finish', { state, code }));
    await this.reload();
  }

  takeArrived(): Arrived | null {
    const arrived = this.arrived;
    this.arrived = null;
    return arrived;
  }
}

function leaveFor({ address }: { address: string }): void {
  window.location.assign(address);
}

export const providers = new Providers();
export const connected = new Connected('/connected');
