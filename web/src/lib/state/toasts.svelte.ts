/** Short messages about what just happened. */

export type Tone = 'good' | 'bad' | 'plain';

export interface Toast {
  id: number;
  tone: Tone;
  title: string;
  detail: string;
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

class Toasts {
  shown = $state<Toast[]>([]);
  #next = 1;

  show(tone: Tone, title: string, detail = ''): void {
    const id = this.#next++;
    this.shown = [...this.shown.slice(-(SHOWN_MAX - 1)), { id, tone, title, detail }];
    setTimeout(() => this.dismiss(id), tone === 'bad' ? 2 * SHOWN_MS : SHOWN_MS);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
