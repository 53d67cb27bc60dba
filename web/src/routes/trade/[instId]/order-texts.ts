/** How kinds and states of orders are called; the exchange has more of them than this page can place. */
import { formatPlain, formatShare } from '$lib/format/numbers';
import { KINDS, type OrderKind, type Problem, type ProblemCode } from '$lib/model/order-form';
import type { StopProblem } from '$lib/model/stop-order';
import type { WorkedProblem } from '$lib/model/worked-order';
import type { FormKind, Guard } from '$lib/state/order-draft.svelte';
import { t, text } from '$lib/state/text.svelte';

const STATES = ['live', 'partially_filled', 'filled', 'canceled', 'mmp_canceled'] as const;
type State = (typeof STATES)[number];

const WAITING = [
  'conditional',
  'oco',
  'trigger',
  'move_order_stop',
  'chase',
  'iceberg',
  'twap',
  'smart_iceberg',
] as const;
type Waiting = (typeof WAITING)[number];

/** How a type of orders that wait is called. */
export function waitingText(kind: string): string {
  return (WAITING as readonly string[]).includes(kind) ? t(`terminal.type_${kind as Waiting}`) : kind;
}

/** How a kind is called in the form. */
export function formKindText(kind: FormKind): string {
  return isOrderKind(kind) ? t(`trade.kind_${kind}`) : t(`terminal.kind_${kind}`);
}

export function formKindHelp(kind: FormKind): string {
  return isOrderKind(kind) ? t(`trade.kindHelp_${kind}`) : t(`terminal.kindHelp_${kind}`);
}

const ORDER_PROBLEMS = [
  'priceMissing',
  'priceTick',
  'sizeMissing',
  'sizeLot',
  'sizeMin',
  'sizeMax',
  'fundsShort',
] as const satisfies readonly ProblemCode[];
const isOrderProblem = (code: string): code is ProblemCode => (ORDER_PROBLEMS as readonly string[]).includes(code);

const isOrderKind = (kind: string): kind is OrderKind => (KINDS as readonly string[]).includes(kind);

/** What is wrong with the field `name`; nothing about what is missing until somebody `isTried` to send it. */
export function problemText(
  found: readonly (Problem | StopProblem | WorkedProblem)[],
  name: string,
  isTried: boolean,
): string {
  const problem = found.find((one) => one.field === name);
  if (!problem || (!isTried && problem.code.endsWith('Missing'))) return '';
  const bound = formatPlain(text.language, problem.bound);
  const { code } = problem;
  return isOrderProblem(code) ? t(`trade.problem_${code}`, { bound }) : t(`terminal.problem_${code}`, { bound });
}

export function kindText(kind: string): string {
  return (KINDS as readonly string[]).includes(kind) ? t(`trade.kind_${kind as OrderKind}`) : kind;
}

export function stateText(state: string): string {
  return (STATES as readonly string[]).includes(state) ? t(`trade.state_${state as State}`) : state;
}

const BILLS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '16', '22'] as const;
type BillType = (typeof BILLS)[number];

/** How a type of bookings is called; the exchange may have more of them than this page knows. */
export function billText(type: string): string {
  return (BILLS as readonly string[]).includes(type) ? t(`terminal.bill_${type as BillType}`) : type;
}

/** What protects an order: triggers of profit and loss, each with its order price where it is not the market's. */
export function guardText({ profit, profitPrice, loss, lossPrice }: Guard): string {
  const plain = (value: string) => formatPlain(text.language, value);
  const leg = (name: string, trigger: string, price: string) =>
    trigger && `${name} ${plain(trigger)}${price && price !== '-1' ? ` → ${plain(price)}` : ''}`;
  const legs = [leg(t('terminal.profitShort'), profit, profitPrice), leg(t('terminal.lossShort'), loss, lossPrice)];
  return legs.filter(Boolean).join(' · ') || '–';
}

/** A margin ratio; beyond ten times what is required, by how much is of no matter. */
export function ratioText(value: string): string {
  const share = value ? Number(value) : null;
  return share !== null && share > 10 ? `> ${formatShare(text.language, 10, 0)}` : formatShare(text.language, share, 0);
}
