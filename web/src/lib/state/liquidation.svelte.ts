/** Where the position would be liquidated that the order being written leaves, by what is known of the account now. */
import { big } from '$lib/model/decimals';
import type { Instrument } from '$lib/model/instruments';
import { NOTHING_HELD, type Tier, liquidationEstimate } from '$lib/model/liquidation';
import { account } from './account.svelte';
import { v5 } from './exchange.svelte';
import type { OrderDraft } from './order-draft.svelte';
import { positions } from './positions.svelte';
import { Remote } from './remote.svelte';

type Row = Record<string, string>;

/** The table of risk of a contract's family. */
export class RiskTiers extends Remote<Tier[]> {
  async want({ type, family }: Instrument): Promise<void> {
    if (this.status !== 'idle') return;
    await this.load(async () => {
      const query = { instType: type, tdMode: 'cross', instFamily: family };
      const rows = (await v5.get('/api/v5/public/position-tiers', query)) as unknown as Row[];
      const tiers = rows.map((row) => ({ sizeMax: row.maxSz ?? '', maintenance: row.mmr ?? '' }));
      return tiers.sort((a, b) => big(a.sizeMax).cmp(big(b.sizeMax)));
    });
  }
}

/** `''` where there is none, or where it cannot be known. */
export function liquidationOf(draft: OrderDraft, tiers: readonly Tier[]): string {
  const { instrument, side, size, mode, estimate, reference, draft: order } = draft;
  const money = account.of(instrument.settle);
  if (!estimate || !money) return '';
  const held = positions.value?.find(
    (one) => one.instrumentId === instrument.id && one.mode === mode && one.side === (order.positionSide || 'net'),
  );
  // Short positions of accounts that keep both sides are told without a sign.
  const sized = held && (held.side === 'short' ? `-${big(held.size).abs().toFixed()}` : held.size);
  const price = big(estimate.filled).eq(big(size)) ? estimate.averagePrice : reference;
  return liquidationEstimate(
    instrument,
    { side, size, price, takerRate: account.feesOf(instrument.type)?.taker ?? '' },
    held && sized ? { ...held, size: sized } : NOTHING_HELD,
    {
      isIsolated: mode === 'isolated',
      leverage: draft.leverage.of(mode),
      equity: big(money.equity).minus(big(money.isolated)).minus(big(estimate.fee)).toFixed(),
      maintenance: money.maintenance,
    },
    tiers,
  );
}
