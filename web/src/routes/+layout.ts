// The server sends files only; everything is drawn in the browser, in the person's language from the first word on.
import { settings } from '$lib/state/settings.svelte';
import { text } from '$lib/state/text.svelte';

export const ssr = false;
export const prerender = false;

export async function load(): Promise<void> {
  if (document.documentElement.lang !== settings.language || text.write('common.title') === 'common.title')
    await text.use(settings.language);
}
