/** Orders that are worked off in parts, or follow the best price. */
import { type Decimal, big, isDecimal, isMultiple } from './decimals';
import type { Instrument } from './instruments';
import { type Problem, sizeProblem } from './order-form';
import { type AlgoDraft, commonBody } from './stop-order';

export const WORKED_KINDS = ['iceberg', 'twap', 'chase'] as const;
export type WorkedKind = (typeof WORKED_KINDS)[number];

/** What was typed for an order that is worked off; '' where that is left to the exchange. */
export interface WorkedTerms {
  /** How much is shown or sent at a time. */
  slice: Decimal;
  /** The worst price. */
  limit: Decimal;
  /** How far from the best price: percent, or a distance between prices. */
  distance: Decimal;
  isPercent: boolean;
  seconds: Decimal;
  /** How far the best price may run from where it was before the chase ends. */
  most: Decimal;
}

export interface WorkedDraft extends AlgoDraft {
  kind: WorkedKind;
  terms: WorkedTerms;
}

export type WorkedProblemCode =
  | 'sliceMissing'
  | 'sliceAbove'
  | 'sliceSmall'
  | 'limitMissing'
  | 'priceTick'
  | 'sizeLot'
  | 'distanceMissing'
  | 'varianceRange'
  | 'percentRange'
  | 'secondsMissing'
  | 'secondsRange';

export interface WorkedProblem {
  field: 'slice' | 'limit' | 'distance' | 'seconds' | 'most';
  code: WorkedProblemCode;
  bound: Decimal;
}

export const NO_WORKED: WorkedTerms = { slice: '', limit: '', distance: '', isPercent: true, seconds: '', most: '' };

/** An order has fewer parts than this. */
const SLICES_MAX = 1000;
const SECONDS_MAX = 86_400;
const isSet = (value: Decimal): boolean => isDecimal(value) && big(value).gt(0);
const isBetween = (value: Decimal, least: string, most: string, step: string): boolean =>
  isDecimal(value) && big(value).gte(least) && big(value).lte(most) && isMultiple(value, step);

/** Everything wrong with an order that is worked off. */
export function workedProblems(
  instrument: Instrument,
  draft: WorkedDraft,
): (WorkedProblem | (Problem & { field: 'size' }))[] {
  const size = sizeProblem(instrument, draft.size, false);
  const { terms } = draft;
  const own =
    draft.kind === 'chase'
      ? [...gapProblems(instrument, terms, 'distance'), ...gapProblems(instrument, terms, 'most')]
      : [...sliceProblems(instrument, draft), ...limitProblems(instrument, draft)];
  const timed = draft.kind === 'twap' ? timedProblems(instrument, terms) : [];
  return [...own, ...timed, ...(size ? [size] : [])];
}

const problem = (field: WorkedProblem['field'], code: WorkedProblemCode, bound: Decimal = ''): WorkedProblem => ({
  field,
  code,
  bound,
});

function sliceProblems(instrument: Instrument, { kind, size, terms: { slice } }: WorkedDraft): WorkedProblem[] {
  if (!isSet(slice)) return [problem('slice', 'sliceMissing')];
  if (!isMultiple(slice, instrument.lot)) return [problem('slice', 'sizeLot', instrument.lot)];
  if (!isSet(size)) return [];
  if (big(slice).gt(big(size))) return [problem('slice', 'sliceAbove', size)];
  const isTooMany = kind === 'iceberg' && !big(size).lt(big(slice).times(SLICES_MAX));
  return isTooMany ? [problem('slice', 'sliceSmall', String(SLICES_MAX))] : [];
}

function limitProblems(instrument: Instrument, { kind, terms: { limit } }: WorkedDraft): WorkedProblem[] {
  if (limit === '' && kind === 'iceberg') return [];
  if (!isSet(limit)) return [problem('limit', 'limitMissing')];
  return isMultiple(limit, instrument.tick) ? [] : [problem('limit', 'priceTick', instrument.tick)];
}

function timedProblems(instrument: Instrument, terms: WorkedTerms): WorkedProblem[] {
  const found: WorkedProblem[] = [];
  if (!isDecimal(terms.distance)) found.push(problem('distance', 'distanceMissing'));
  else if (terms.isPercent && !isBetween(terms.distance, '0.01', '1', '0.01'))
    found.push(problem('distance', 'varianceRange'));
  else if (!terms.isPercent && !isMultiple(terms.distance, instrument.tick))
    found.push(problem('distance', 'priceTick', instrument.tick));
  if (terms.seconds === '') found.push(problem('seconds', 'secondsMissing'));
  else if (!isBetween(terms.seconds, '1', String(SECONDS_MAX), '1'))
    found.push(problem('seconds', 'secondsRange', String(SECONDS_MAX)));
  return found;
}

function gapProblems(instrument: Instrument, terms: WorkedTerms, field: 'distance' | 'most'): WorkedProblem[] {
  const gap = terms[field];
  if (gap === '') return [];
  if (terms.isPercent) return isBetween(gap, '0.01', '99.99', '0.01') ? [] : [problem(field, 'percentRange')];
  return isSet(gap) && isMultiple(gap, instrument.tick) ? [] : [problem(field, 'priceTick', instrument.tick)];
}

/** The body of the request that places an order that is worked off. */
export function workedBody(instrument: Instrument, draft: WorkedDraft, clientId: string): Record<string, string> {
  const common = commonBody(instrument, draft, clientId);
  const { slice, limit, distance, isPercent, seconds, most } = draft.terms;
  const gap = (value: Decimal) => (isPercent ? big(value).div(100).toFixed() : value);
  if (draft.kind === 'chase') {
    const unit = isPercent ? 'ratio' : 'distance';
    const behind: Record<string, string> = distance ? { chaseType: unit, chaseVal: gap(distance) } : {};
    const bounded: Record<string, string> = most ? { maxChaseType: unit, maxChaseVal: gap(most) } : {};
    return { ...common, ordType: 'chase', ...behind, ...bounded };
  }
  const parts: Record<string, string> = { ...common, szLimit: slice };
  if (limit) parts.pxLimit = limit;
  if (draft.kind === 'iceberg')
    return { ...parts, ordType: 'smart_iceberg', lmtOrderNumber: '1', aggressiveness: 'conservative' };
  return { ...parts, ordType: 'twap', timeInterval: seconds, [isPercent ? 'pxVar' : 'pxSpread']: gap(distance) };
}
