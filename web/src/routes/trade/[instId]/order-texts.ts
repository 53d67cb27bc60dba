/** How kinds and states of orders are called; the exchange has more of them than this page can place. */
import { KINDS, type OrderKind } from '$lib/model/order-form';
import { t } from '$lib/state/text.svelte';

const STATES = ['live', 'partially_filled', 'filled', 'canceled', 'mmp_canceled'] as const;
type State = (typeof STATES)[number];

export function kindText(kind: string): string {
  return (KINDS as readonly string[]).includes(kind) ? t(`trade.kind_${kind as OrderKind}`) : kind;
}

export function stateText(state: string): string {
  return (STATES as readonly string[]).includes(state) ? t(`trade.state_${state as State}`) : state;
}
