/** The leverage of one contract, in both margin modes. */
import { accountConfig } from './account-config.svelte';
import { v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export type MarginMode = 'cross' | 'isolated';

export class Leverage extends Remote<Record<MarginMode, string>> {
  readonly #instrumentId: string;

  constructor(instrumentId: string) {
    super();
    this.#instrumentId = instrumentId;
  }

  of(mode: MarginMode): string {
    return this.value?.[mode] ?? '';
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const [cross, isolated] = await Promise.all([this.#ask('cross'), this.#ask('isolated')]);
      return { cross, isolated };
    });
  }

  /** Raises `RefusedError`, for one that the contract or what is held does not allow. */
  async change(mode: MarginMode, leverage: string): Promise<void> {
    const body = { instId: this.#instrumentId, mgnMode: mode, lever: leverage };
    // Isolated positions of both sides have one each.
    const sides = mode === 'isolated' && accountConfig.isHedged ? ['long', 'short'] : [''];
    for (const posSide of sides) await v5.post('/api/v5/account/set-leverage', posSide ? { ...body, posSide } : body);
    await this.reload();
  }

  async #ask(mgnMode: MarginMode): Promise<string> {
    const query = { instId: this.#instrumentId, mgnMode };
    const [row] = await v5.getSigned('/api/v5/account/leverage-info', query);
    return (row as unknown as { lever?: string } | undefined)?.lever ?? '';
  }
}
