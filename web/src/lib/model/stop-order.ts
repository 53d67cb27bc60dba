/** Orders that wait for a price, and what is attached to an order to protect what it opens. */
import { type Decimal, big, isDecimal, isMultiple } from './decimals';
import type { Side } from './estimate';
import type { Instrument } from './instruments';
import { type Problem, type TradeMode, sizeProblem } from './order-form';

export const STOP_KINDS = ['trigger', 'stop', 'trailing'] as const;
/** `stop` is a take profit, a stop loss, or both, of which one cancels the other. */
export type StopKind = (typeof STOP_KINDS)[number];

export const SOURCES = ['last', 'mark', 'index'] as const;
export type Source = (typeof SOURCES)[number];

/** What was typed for an order that waits; a price of `''` is that of the market. */
export interface StopTerms {
  source: Source;
  trigger: Decimal;
  orderPrice: Decimal;
  profit: Decimal;
  profitPrice: Decimal;
  loss: Decimal;
  lossPrice: Decimal;
  /** How far the price may come back: percent, or a distance between prices. */
  distance: Decimal;
  isPercent: boolean;
  activation: Decimal;
}

export type TermName = Exclude<keyof StopTerms, 'source' | 'isPercent'>;

/** What all orders that are no orders of the book yet have in common. */
export interface AlgoDraft {
  side: Side;
  size: Decimal;
  reduceOnly: boolean;
  tradeMode: TradeMode;
  positionSide: string;
}

export interface StopDraft extends AlgoDraft {
  kind: StopKind;
  terms: StopTerms;
}

export type StopProblemCode =
  | 'triggerMissing'
  | 'priceTick'
  | 'legMissing'
  | 'profitAbove'
  | 'profitBelow'
  | 'lossAbove'
  | 'lossBelow'
  | 'distanceMissing'
  | 'percentRange';

export interface StopProblem {
  field: TermName;
  code: StopProblemCode;
  bound: Decimal;
}

export const NO_TERMS: StopTerms = {
  source: 'last',
  trigger: '',
  orderPrice: '',
  profit: '',
  profitPrice: '',
  loss: '',
  lossPrice: '',
  distance: '',
  isPercent: true,
  activation: '',
};

const MARKET = '-1';
const isSet = (price: Decimal): boolean => isDecimal(price) && big(price).gt(0);

/** Everything wrong with an order that waits, while the last price is `last` ('' where it is not known). */
export function stopProblems(
  instrument: Instrument,
  draft: StopDraft,
  last: Decimal,
): (StopProblem | (Problem & { field: 'size' }))[] {
  const found: (StopProblem | (Problem & { field: 'size' }))[] = [...termProblems(instrument, draft, last)];
  const isMarket = draft.kind === 'trailing' || (draft.kind === 'trigger' && draft.terms.orderPrice === '');
  const size = sizeProblem(instrument, draft.size, isMarket);
  if (size) found.push(size);
  return found;
}

function termProblems(instrument: Instrument, { side, kind, terms }: StopDraft, last: Decimal): StopProblem[] {
  if (kind === 'trigger') {
    const missing = isSet(terms.trigger) ? [] : [problem('trigger', 'triggerMissing')];
    return [...missing, ...offTick(instrument, terms, ['trigger', 'orderPrice'])];
  }
  if (kind === 'trailing') return trailingProblems(instrument, terms);
  const names = ['profit', 'profitPrice', 'loss', 'lossPrice'] as const;
  const missing = isSet(terms.profit) || isSet(terms.loss) ? [] : [problem('profit', 'legMissing')];
  // What is sold takes its profit above; what is bought, below.
  return [...missing, ...offTick(instrument, terms, names), ...onWrongSide(terms, side === 'sell', last)];
}

function trailingProblems(instrument: Instrument, terms: StopTerms): StopProblem[] {
  const found = offTick(instrument, terms, terms.isPercent ? ['activation'] : ['distance', 'activation']);
  if (!isSet(terms.distance)) found.push(problem('distance', 'distanceMissing'));
  else if (terms.isPercent && (big(terms.distance).gte(100) || !isMultiple(terms.distance, '0.01')))
    found.push(problem('distance', 'percentRange'));
  return found;
}

/** What is wrong with a take profit and a stop loss that are attached to an order of `side` at `price`. */
export function guardProblems(
  instrument: Instrument,
  side: Side,
  price: Decimal,
  guard: Pick<StopTerms, 'profit' | 'loss'> & Partial<StopTerms>,
): StopProblem[] {
  const missing = isSet(guard.profit) || isSet(guard.loss) ? [] : [problem('profit', 'legMissing')];
  const off = offTick(instrument, { ...NO_TERMS, ...guard }, ['profit', 'profitPrice', 'loss', 'lossPrice']);
  return [...missing, ...off, ...onWrongSide(guard, side === 'buy', price)];
}

function problem(field: TermName, code: StopProblemCode, bound: Decimal = ''): StopProblem {
  return { field, code, bound };
}

function offTick(instrument: Instrument, terms: StopTerms, names: readonly TermName[]): StopProblem[] {
  return names
    .filter((name) => terms[name] !== '' && (!isSet(terms[name]) || !isMultiple(terms[name], instrument.tick)))
    .map((name) => problem(name, 'priceTick', instrument.tick));
}

/** Triggers on the side of `price` where they would be reached at once. */
function onWrongSide(
  { profit, loss }: Pick<StopTerms, 'profit' | 'loss'>,
  isProfitAbove: boolean,
  price: Decimal,
): StopProblem[] {
  if (!isSet(price)) return [];
  const found: StopProblem[] = [];
  const isBeyond = (trigger: Decimal, isAbove: boolean) =>
    isAbove ? big(trigger).gt(big(price)) : big(trigger).lt(big(price));
  if (isSet(profit) && !isBeyond(profit, isProfitAbove))
    found.push(problem('profit', isProfitAbove ? 'profitAbove' : 'profitBelow', price));
  if (isSet(loss) && !isBeyond(loss, !isProfitAbove))
    found.push(problem('loss', isProfitAbove ? 'lossBelow' : 'lossAbove', price));
  return found;
}

/** The body of the request that places an order that waits. */
export function stopBody(instrument: Instrument, draft: StopDraft, clientId: string): Record<string, string> {
  return { ...commonBody(instrument, draft, clientId), ordType: wireType(draft), ...termsOf(draft) };
}

/** What every such request says. */
export function commonBody(instrument: Instrument, draft: AlgoDraft, clientId: string): Record<string, string> {
  const body: Record<string, string> = {
    instId: instrument.id,
    tdMode: draft.tradeMode,
    side: draft.side,
    sz: draft.size,
    algoClOrdId: clientId,
  };
  if (instrument.type === 'SPOT') body.tgtCcy = 'base_ccy';
  if (draft.positionSide) body.posSide = draft.positionSide;
  if (draft.reduceOnly) body.reduceOnly = 'true';
  return body;
}

function wireType({ kind, terms }: StopDraft): string {
  if (kind === 'trigger') return 'trigger';
  if (kind === 'trailing') return 'move_order_stop';
  return isSet(terms.profit) && isSet(terms.loss) ? 'oco' : 'conditional';
}

function termsOf({ kind, terms }: StopDraft): Record<string, string> {
  if (kind === 'trigger')
    return { triggerPx: terms.trigger, triggerPxType: terms.source, orderPx: terms.orderPrice || MARKET };
  if (kind === 'stop') return legsOf(terms);
  const distance: Record<string, string> = terms.isPercent
    ? { callbackRatio: big(terms.distance).div(100).toFixed() }
    : { callbackSpread: terms.distance };
  return terms.activation ? { ...distance, activePx: terms.activation } : distance;
}

type Legs = Pick<StopTerms, 'source' | 'profit' | 'profitPrice' | 'loss' | 'lossPrice'>;

/** A take profit and a stop loss, each where it was set, as requests name them. */
export function legsOf(terms: Legs): Record<string, string> {
  const legs: Record<string, string> = {};
  if (isSet(terms.profit))
    Object.assign(legs, {
      tpTriggerPx: terms.profit,
      tpTriggerPxType: terms.source,
      tpOrdPx: terms.profitPrice || MARKET,
    });
  if (isSet(terms.loss))
    Object.assign(legs, { slTriggerPx: terms.loss, slTriggerPxType: terms.source, slOrdPx: terms.lossPrice || MARKET });
  return legs;
}
