/** Positions in contracts, and the requests that make them smaller, turn them over or protect them. */
import { type Decimal, big, sign } from './decimals';
import { type StopTerms, legsOf } from './stop-order';

export interface Position {
  id: string;
  instrumentId: string;
  mode: string;
  /** `net`, or `long` or `short` where the account keeps both. */
  side: string;
  size: Decimal;
  entry: Decimal;
  mark: Decimal;
  liquidation: Decimal;
  pnl: Decimal;
  pnlRatio: Decimal;
  marginRatio: Decimal;
  /** Of an isolated position; `''` of one that all of the account's money stands for. */
  margin: Decimal;
  initialMargin: Decimal;
  maintenance: Decimal;
  currency: string;
  leverage: Decimal;
  /** 1 to 5 lights: how soon it would be deleveraged. */
  adl: string;
}

type Row = Readonly<Record<string, string>>;
type Body = Record<string, string>;

/** The position in a row of the wire. */
export function positionOf(row: Row): Position {
  return {
    id: row.posId ?? '',
    instrumentId: row.instId ?? '',
    mode: row.mgnMode ?? '',
    side: row.posSide ?? '',
    size: row.pos ?? '',
    entry: row.avgPx ?? '',
    mark: row.markPx ?? '',
    liquidation: row.liqPx ?? '',
    pnl: row.upl ?? '',
    pnlRatio: row.uplRatio ?? '',
    marginRatio: row.mgnRatio ?? '',
    margin: row.margin ?? '',
    initialMargin: row.imr ?? '',
    maintenance: row.mmr ?? '',
    currency: row.ccy ?? '',
    leverage: row.lever ?? '',
    adl: row.adl ?? '',
  };
}

export function isLong({ side, size }: Pick<Position, 'side' | 'size'>): boolean {
  return side === 'long' || (side !== 'short' && sign(size) > 0);
}

/** How much is held, whichever way. */
export function heldSize({ size }: Pick<Position, 'size'>): Decimal {
  return big(size).abs().toFixed();
}

const isHedged = (position: Position): boolean => position.side !== 'net';

function common(position: Position): Body {
  const body: Body = { instId: position.instrumentId, tdMode: position.mode };
  if (isHedged(position)) body.posSide = position.side;
  return body;
}

/** An order that closes `size` of a position; `price` is `''` at the market. */
export function closingBody(position: Position, size: Decimal, price: Decimal, clientOrderId: string): Body {
  return {
    ...common(position),
    side: isLong(position) ? 'sell' : 'buy',
    ordType: price ? 'limit' : 'market',
    ...(price ? { px: price } : {}),
    sz: size,
    ...(isHedged(position) ? {} : { reduceOnly: 'true' }),
    clOrdId: clientOrderId,
  };
}

/** The request that closes all of a position at the market, orders in its way canceled. */
export function closingAllBody(position: Position): Body {
  const body: Body = { instId: position.instrumentId, mgnMode: position.mode, autoCxl: 'true' };
  if (isHedged(position)) body.posSide = position.side;
  return body;
}

/** The orders that leave as much the other way: one of twice the size, or two where both sides are kept. */
export function reversingBodies(position: Position, clientOrderId: string): Body[] {
  const size = heldSize(position);
  const side = isLong(position) ? 'sell' : 'buy';
  const market = { ...common(position), side, ordType: 'market' };
  if (!isHedged(position)) return [{ ...market, sz: big(size).times(2).toFixed(), clOrdId: clientOrderId }];
  const other = position.side === 'long' ? 'short' : 'long';
  return [
    { ...market, sz: size, clOrdId: `${clientOrderId}a` },
    { ...market, posSide: other, sz: size, clOrdId: `${clientOrderId}b` },
  ];
}

/** Take profit and or stop loss of all of a position, gone with it. */
export function protectingBody(
  position: Position,
  legs: Pick<StopTerms, 'source' | 'profit' | 'loss'>,
  clientId: string,
): Body {
  return {
    ...common(position),
    side: isLong(position) ? 'sell' : 'buy',
    ordType: legs.profit && legs.loss ? 'oco' : 'conditional',
    closeFraction: '1',
    reduceOnly: 'true',
    algoClOrdId: clientId,
    ...legsOf({ ...legs, profitPrice: '', lossPrice: '' }),
  };
}

/** More or less margin for an isolated position. */
export function marginBody(position: Position, change: 'add' | 'reduce', amount: Decimal): Body {
  return { instId: position.instrumentId, posSide: position.side, type: change, amt: amount };
}

/** How far the mark price may move until liquidation, as a share; `null` where there is no liquidation price. */
export function liquidationDistance({ mark, liquidation }: Pick<Position, 'mark' | 'liquidation'>): number | null {
  if (sign(mark) === 0 || sign(liquidation) === 0) return null;
  return Number(big(liquidation).div(big(mark)).minus(1).abs().toFixed(6));
}
