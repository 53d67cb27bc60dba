/** The API keys of the person signed in: made, changed and removed here; a new secret is kept until it was written down. */
import type { TradingKey } from '$lib/api/signing';
import { type ApiKey, type KeyChoices, type KeyDraft, type Scope } from '$lib/model/api-key';
import { readAddresses } from '$lib/model/network-address';
import { accountApi } from './exchange.svelte';
import { exchangeNowMs } from './exchange-time';
import { Remote } from './remote.svelte';
import { stepUp } from './step-up.svelte';

export interface ApiKeys {
  keys: readonly ApiKey[];
  choices: KeyChoices;
  /** Whether withdrawal addresses are listed, which a key that withdraws reaches alone. */
  hasBook: boolean;
  /** Where this page comes from, as the exchange sees it; '' when it is not known. */
  ownAddress: string;
  /** When this was looked up, in the exchange's time. */
  nowMs: number;
}

export interface KeyUse {
  address: string;
  country: string;
  count: number;
  first_ms: number;
  last_ms: number;
}

/** A key just made. Its secret lives in the page that shows it, and nowhere else. */
export interface NewKey {
  key: TradingKey;
  label: string;
  scopes: readonly Scope[];
  withdrawFromMs: number;
}

interface MadeKey {
  api_key: string;
  secret_key: string;
  permissions: readonly Scope[];
  withdraw_from_ms: number;
}

class ApiKeysStore extends Remote<ApiKeys> {
  async reload(): Promise<void> {
    await this.load(async () => {
      const [keys, choices, book, devices, nowMs] = await Promise.all([
        accountApi.get<ApiKey[]>('/keys'),
        accountApi.get<KeyChoices>('/keys/choices'),
        accountApi.get<{ addresses: unknown[] }>('/addresses'),
        accountApi.get<{ address: string; is_this_one: boolean }[]>('/me/devices'),
        exchangeNowMs(),
      ]);
      const ownAddress = devices.find((device) => device.is_this_one)?.address ?? '';
      return { keys, choices, hasBook: book.addresses.length > 0, ownAddress, nowMs };
    });
  }

  /** Make a key. Raises `RefusedError`. */
  async make(draft: KeyDraft): Promise<NewKey> {
    const label = draft.label.trim();
    const form = {
      label,
      passphrase: draft.passphrase,
      permissions: draft.scopes,
      networks: networksIn(draft.addresses),
      sub_account: draft.subAccount,
    };
    const made = await stepUp.run(() => accountApi.send<MadeKey>('POST', '/keys', form));
    void this.reload();
    const key = { apiKey: made.api_key, secret: made.secret_key, passphrase: draft.passphrase };
    return { key, label, scopes: made.permissions, withdrawFromMs: made.withdraw_from_ms };
  }

  /** Give a key another name or other addresses. Raises `RefusedError`. */
  async change(apiKey: string, label: string, addresses: string): Promise<void> {
    const form = { label: label.trim(), networks: networksIn(addresses) };
    await stepUp.run(() => accountApi.send('PUT', `/keys/${apiKey}`, form));
    await this.reload();
  }

  /** Remove a key for ever. Raises `RefusedError`. */
  async remove(apiKey: string): Promise<void> {
    await accountApi.send('DELETE', `/keys/${apiKey}`);
    await this.reload();
  }

  /** From where a key was used, last first. Raises `RefusedError`. */
  usesOf(apiKey: string): Promise<KeyUse[]> {
    return accountApi.get<KeyUse[]>(`/keys/${apiKey}/uses`);
  }
}

function networksIn(addresses: string): readonly string[] {
  const read = readAddresses(addresses, Number.MAX_SAFE_INTEGER);
  return read.isFine ? read.networks : [];
}

export const apiKeys = new ApiKeysStore();
