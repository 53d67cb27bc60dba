/** What is wrong with an address, in the person's words. */
import type { AddressDraft, AddressProblems, Network } from '$lib/model/wallet-address';
import type { Problems } from '$lib/state/form.svelte';
import { t } from '$lib/state/text.svelte';
import type { TextKey } from '$lib/text/catalog';

const KEYS: Readonly<Record<string, TextKey>> = {
  network_form: 'addresses.problem_network',
  currency_form: 'addresses.problem_currency',
  address_empty: 'addresses.problem_address_empty',
  address_form: 'addresses.problem_address_form',
  address_other: 'addresses.problem_address_other',
  address_checksum: 'addresses.problem_address_checksum',
  memo_form: 'addresses.problem_memo',
  label_empty: 'addresses.problem_label_empty',
  label_form: 'addresses.problem_label_form',
};

export function problemTexts(problems: AddressProblems, network: Network | null): Problems<keyof AddressDraft> {
  const values = { network: network?.title ?? t('addresses.networkOther'), kind: network?.memo?.kind ?? 'memo' };
  const said = Object.entries(problems).map(([field, why]) => [
    field,
    t(KEYS[`${field}_${why}`] ?? 'common.failed', values),
  ]);
  return Object.fromEntries(said) as Problems<keyof AddressDraft>;
}
