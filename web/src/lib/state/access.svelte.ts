/** What lets somebody in: devices, passkeys, and accounts at other providers. Each list is removed from by its own name. */
import { makePasskey } from '$lib/api/passkey';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { security } from './security.svelte';
import { stepUp } from './step-up.svelte';

export interface Device {
  device_id: string;
  name: string;
  place: string;
  address: string;
  created_ms: number;
  last_seen_ms: number;
  is_this_one: boolean;
}

export interface Passkey {
  passkey: string;
  name: string;
  created_ms: number;
  last_used_ms: number;
  is_blocked: boolean;
}

export class Listed<Row> extends Remote<readonly Row[]> {
  protected readonly path: string;

  constructor(path: string) {
    super();
    this.path = path;
  }

  async reload(): Promise<void> {
    await this.load(() => accountApi.get<Row[]>(this.path));
  }

  /** Raises `RefusedError`. */
  async remove(name: string): Promise<void> {
    await stepUp.run(() => accountApi.send('DELETE', `${this.path}/${encodeURIComponent(name)}`));
    await Promise.all([this.reload(), security.reload()]);
  }
}

class Passkeys extends Listed<Passkey> {
  /** Have this device make one. Raises `RefusedError`, and `DOMException` when nobody wants to. */
  async add(name: string): Promise<void> {
    const options = await stepUp.run(() => accountApi.send('POST', '/passkeys/options'));
    const credential = await makePasskey(options);
    await stepUp.run(() => accountApi.send('POST', '/passkeys', { credential, name }));
    await Promise.all([this.reload(), security.reload()]);
  }

  /** Raises `RefusedError`. */
  async rename(passkey: string, name: string): Promise<void> {
    await accountApi.send('PATCH', `/passkeys/${encodeURIComponent(passkey)}`, { name });
    await this.reload();
  }
}

export const devices = new Listed<Device>('/me/devices');
export const passkeys = new Passkeys('/passkeys');
