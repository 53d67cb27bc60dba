/** What of the account is drawn as lines on the chart of an instrument. */
import { sign } from '$lib/model/decimals';
import { heldSize, isLong } from '$lib/model/position';
import { orders } from '$lib/state/orders.svelte';
import { positions } from '$lib/state/positions.svelte';
import { t } from '$lib/state/text.svelte';
import type { Mark } from './candle-chart';

/** Open orders, entries and liquidations; `held` is an order's line that is somewhere else just now. */
export function chartMarks(instrumentId: string, held: { id: string; price: string } | null): Mark[] {
  const open = (orders.open.value ?? [])
    .filter((order) => order.instrumentId === instrumentId && order.price !== '')
    .map<Mark>(({ id, price, size, side }) => ({
      id,
      kind: 'order',
      price: held?.id === id ? held.price : price,
      side,
      title: `${t(`trade.${side}`)} ${size}`,
    }));
  const mine = (positions.value ?? []).filter((position) => position.instrumentId === instrumentId);
  return [
    ...open,
    ...mine.flatMap((position) => {
      const side = isLong(position) ? ('buy' as const) : ('sell' as const);
      const name = t(isLong(position) ? 'terminal.long' : 'terminal.short');
      const entry: Mark = { kind: 'entry', price: position.entry, side, title: `${name} ${heldSize(position)}` };
      const end: Mark = {
        kind: 'liquidation',
        price: position.liquidation,
        side,
        title: t('terminal.liquidationLine'),
      };
      return [entry, end].filter(({ price }) => sign(price) > 0);
    }),
  ];
}
