import { t } from '$lib/state/text.svelte';
import { toasts } from '$lib/state/toasts.svelte';

/** Put `text` on the clipboard and say so, also where pages do not come over TLS and the browser's own way is shut. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelecting(text);
  }
  toasts.show('good', t('common.copied'));
}

function copyBySelecting(text: string): void {
  const area = document.createElement('textarea');
  const before = document.activeElement;
  area.value = text;
  area.className = 'hidden-text';
  document.body.append(area);
  area.select();
  document.execCommand('copy'); // the only way left without TLS
  area.remove();
  if (before instanceof HTMLElement) before.focus();
}
