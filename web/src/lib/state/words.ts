/** What the exchange names by codes, in the person's words; a code that is new to this page is shown as it is. */
import { formatPlain } from '$lib/format/numbers';
import { type Decision, usdOf } from '$lib/model/rights';
import { said, t, text } from './text.svelte';

export const capabilityName = (capability: string) =>
  said(`overview.cap_${capability.replaceAll('.', '_')}`, capability);
export const reasonName = (reason: string) => said(`overview.reason_${reason}`, t('overview.reason_other'));
export const entityName = (entity: string) => said(`overview.entity_${entity}`, entity);
export const stateName = (state: string) => said(`overview.state_${state}`, state);
export const effectName = (effect: string) => said(`overview.effect_${effect || 'none'}`, effect);
export const factorName = (factor: string) => said(`overview.factor_${factor}`, factor);
/** What there is to do about a reason. */
export const stepName = (reason: string) => said(`overview.do_${reason}`, reasonName(reason));

/** The number of a limit, and what it counts. */
export function limitWords({ limit, unit }: Decision): { number: string; unit: string } {
  const about = said(`overview.limit_${unit}`, '');
  if (limit === null) return { number: '', unit: about };
  if (unit.startsWith('usd_cents')) return { number: `${formatPlain(text.language, usdOf(limit))} USD`, unit: about };
  return { number: unit === 'leverage' ? `${String(limit)}×` : String(limit), unit: about };
}
