import { redirect } from '@sveltejs/kit';

import { settings } from '$lib/state/settings.svelte';

export function load(): never {
  redirect(307, `/trade/${settings.get('instrument')}`);
}
