/** The exchange's own time, which a sandbox moves as it likes. */
import { v5 } from './exchange.svelte';

/** Milliseconds now, as the exchange has it. Raises `RefusedError` and `UnreachableError`. */
export async function exchangeNowMs(): Promise<number> {
  const [row] = await v5.get('/api/v5/public/time');
  return Number(row?.ts ?? 0);
}
