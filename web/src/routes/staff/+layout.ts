// The words of staff are loaded with their pages, and with nobody else's.
import { text } from '$lib/state/text.svelte';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent }) => {
  await parent();
  await text.useStaff();
};
