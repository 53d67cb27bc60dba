/** Where withdrawals of the person signed in may go: listed addresses, and how binding their list is. */
import type { AddressDraft } from '$lib/model/wallet-address';
import { accountApi } from './exchange.svelte';
import { exchangeNowMs } from './exchange-time';
import { Remote } from './remote.svelte';
import { security } from './security.svelte';
import { stepUp } from './step-up.svelte';

export interface ListedAddress {
  address_id: string;
  currency: string;
  network: string;
  address: string;
  memo: string;
  label: string;
  created_ms: number;
  usable_from_ms: number;
  is_verified: boolean;
}

export interface BookRules {
  only_listed: boolean;
  no_wait: boolean;
}

export interface Book extends BookRules {
  addresses: readonly ListedAddress[];
  /** When this was looked up, in the exchange's time. */
  nowMs: number;
}

/** What takes codes from every contact. */
export type CodesAct = 'address_list' | 'address_wait' | 'address_verify';
/** Codes by kind of contact. */
export type ContactCodes = Partial<Record<'email' | 'phone', string>>;

class AddressBook extends Remote<Book> {
  async reload(): Promise<void> {
    await this.load(async () => {
      const [book, nowMs] = await Promise.all([accountApi.get<Omit<Book, 'nowMs'>>('/addresses'), exchangeNowMs()]);
      return { ...book, nowMs };
    });
  }

  /** List an address. Raises `RefusedError`. */
  async add(draft: AddressDraft): Promise<void> {
    const form = Object.fromEntries(Object.entries(draft).map(([name, text]) => [name, String(text).trim()]));
    await stepUp.run(() => accountApi.send('POST', '/addresses', form));
    await this.reload();
  }

  /** Take an address off the list. Raises `RefusedError`. */
  async remove(addressId: string): Promise<void> {
    await stepUp.run(() => accountApi.send('DELETE', `/addresses/${addressId}`));
    await this.reload();
  }

  /** Send a code to every contact; where they went, masked. Raises `RefusedError`. */
  async sendCodes(act: CodesAct): Promise<readonly string[]> {
    const told = await stepUp.run(() => accountApi.send<{ sent_to: string[] }>('POST', '/addresses/codes', { act }));
    return told.sent_to;
  }

  /** Say that an address is right. Raises `RefusedError`. */
  async vouch(addressId: string, codes: ContactCodes): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', `/addresses/${addressId}/verify`, { codes }));
    await this.reload();
  }

  /** Use the list otherwise; what loosens it takes `codes`. Raises `RefusedError`. */
  async setRules(rules: BookRules, codes: ContactCodes = {}): Promise<void> {
    await stepUp.run(() => accountApi.send('PUT', '/addresses/rules', { ...rules, codes }));
    await Promise.all([this.reload(), security.reload()]);
  }
}

export const addressBook = new AddressBook();
