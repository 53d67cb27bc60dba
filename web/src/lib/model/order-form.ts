/** The order form: what may be sent, what is wrong with what was typed, and the order it makes. */
import Big from 'big.js';

import { type Decimal, big, floorTo, isDecimal, isMultiple } from './decimals';
import { type Side, sizeOf, valueOf } from './estimate';
import type { Instrument } from './instruments';

export const KINDS = ['limit', 'market', 'post_only', 'ioc', 'fok'] as const;
export type OrderKind = (typeof KINDS)[number];

/** `cash` for spot; `cross` or `isolated` for contracts. */
export type TradeMode = 'cash' | 'cross' | 'isolated';

export interface Draft {
  side: Side;
  kind: OrderKind;
  price: Decimal;
  size: Decimal;
  reduceOnly: boolean;
  tradeMode: TradeMode;
  /** `long` or `short` where an account keeps both; `''` where it has one position. */
  positionSide: string;
  /** What is placed when it is filled, as requests name it. */
  attached: Readonly<Record<string, string>> | null;
}

export type ProblemCode =
  'priceMissing' | 'priceTick' | 'sizeMissing' | 'sizeLot' | 'sizeMin' | 'sizeMax' | 'fundsShort';

/** What is wrong, in which field, and the bound that was not kept. */
export interface Problem {
  field: 'price' | 'size';
  code: ProblemCode;
  bound: Decimal;
}

const isPrice = (kind: OrderKind): boolean => kind !== 'market';

/** Everything wrong with a draft, in the order in which people meet it. `available` is what may be spent, '' if unknown. */
export function problems(instrument: Instrument, draft: Draft, available: Decimal, reference: Decimal): Problem[] {
  const found: Problem[] = [];
  if (isPrice(draft.kind)) {
    if (!isDecimal(draft.price) || big(draft.price).lte(0))
      found.push({ field: 'price', code: 'priceMissing', bound: '' });
    else if (!isMultiple(draft.price, instrument.tick))
      found.push({ field: 'price', code: 'priceTick', bound: instrument.tick });
  }
  const size = sizeProblem(instrument, draft.size, draft.kind === 'market');
  if (size) found.push(size);
  if (found.length === 0 && available !== '' && isBeyond(instrument, draft, available, reference))
    found.push({ field: 'size', code: 'fundsShort', bound: available });
  return found;
}

/** What is wrong with a size; `null` when nothing is. */
export function sizeProblem(
  instrument: Instrument,
  size: Decimal,
  isMarket: boolean,
): (Problem & { field: 'size' }) | null {
  const max = isMarket ? instrument.marketSizeMax : instrument.limitSizeMax;
  const problem = (code: ProblemCode, bound: Decimal) => ({ field: 'size' as const, code, bound });
  if (!isDecimal(size) || big(size).lte(0)) return problem('sizeMissing', '');
  if (!isMultiple(size, instrument.lot)) return problem('sizeLot', instrument.lot);
  if (big(size).lt(big(instrument.sizeMin))) return problem('sizeMin', instrument.sizeMin);
  if (max !== '' && big(size).gt(big(max))) return problem('sizeMax', max);
  return null;
}

function isBeyond(instrument: Instrument, draft: Draft, available: Decimal, reference: Decimal): boolean {
  // What a contract needs depends on the whole account; the exchange tells how many may be opened.
  if (instrument.type !== 'SPOT' || draft.side === 'sell') return big(draft.size).gt(big(available));
  const price = isPrice(draft.kind) ? draft.price : reference;
  return valueOf(instrument, big(draft.size), big(price)).gt(big(available));
}

/** The size that takes `share` (0 to 1) of what may be spent, cut to the lot. '' where it cannot be known. */
export function sizeOfShare(
  instrument: Instrument,
  side: Side,
  share: number,
  available: Decimal,
  price: Decimal,
): Decimal {
  if (!isDecimal(available)) return '';
  const part = new Big(share.toFixed(4)).times(available);
  if (instrument.type !== 'SPOT' || side === 'sell') return floorTo(part, instrument.lot);
  return isDecimal(price) && big(price).gt(0) ? floorTo(sizeOf(instrument, part, big(price)), instrument.lot) : '';
}

/** The body of the request that places the order. */
export function orderBody(instrument: Instrument, draft: Draft, clientOrderId: string): Record<string, unknown> {
  const body: Record<string, unknown> = {
    instId: instrument.id,
    tdMode: draft.tradeMode,
    side: draft.side,
    ordType: draft.kind,
    sz: draft.size,
    clOrdId: clientOrderId,
  };
  if (isPrice(draft.kind)) body.px = draft.price;
  // Sizes count the base currency whatever the side.
  if (draft.kind === 'market' && instrument.type === 'SPOT') body.tgtCcy = 'base_ccy';
  if (draft.reduceOnly) body.reduceOnly = 'true';
  if (draft.positionSide) body.posSide = draft.positionSide;
  if (draft.attached) body.attachAlgoOrds = [draft.attached];
  return body;
}

/** Which position an order of `side` is for, in an account that keeps a long and a short one. */
export function positionSide(side: Side, isClosing: boolean): 'long' | 'short' {
  return (side === 'buy') === isClosing ? 'short' : 'long';
}
