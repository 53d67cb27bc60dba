/** What the exchange names by codes, in the person's words; a code that is new to this page is shown as it is. */
import { t } from '$lib/state/text.svelte';
import type { TextKey } from '$lib/text/catalog';

function said(key: string, otherwise: string): string {
  const found = t(key as TextKey);
  return found === key ? otherwise : found;
}

export const itemName = (item: string) => said(`security.item_${item}`, item);
export const itemWhy = (item: string) => said(`security.why_${item}`, '');
export const itemStep = (item: string) => said(`security.do_${item}`, item);
