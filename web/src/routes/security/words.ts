/** What the exchange names by codes, in the person's words; a code that is new to this page is shown as it is. */
import { said } from '$lib/state/text.svelte';

export const itemName = (item: string) => said(`security.item_${item}`, item);
export const itemWhy = (item: string) => said(`security.why_${item}`, '');
export const itemStep = (item: string) => said(`security.do_${item}`, item);
export const guideStepName = (step: string) => said(`protect.step_${step}`, step);
export const guideStepWhy = (step: string) => said(`protect.stepWhy_${step}`, '');
