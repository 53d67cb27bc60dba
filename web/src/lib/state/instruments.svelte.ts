/** All instruments of the exchange, fetched once and renewed when the exchange says so. */
import { type Instrument, type InstrumentType, instrumentOf } from '$lib/model/instruments';
import { publicStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

const TYPES: InstrumentType[] = ['SPOT', 'SWAP', 'FUTURES'];

class Instruments extends Remote<Instrument[]> {
  readonly #byId = $derived(new Map((this.value ?? []).map((one) => [one.id, one])));
  #isStarted = false;

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.reload();
    for (const instType of TYPES) {
      publicStream.subscribe({ channel: 'instruments', instType }, { onPush: () => void this.reload() });
    }
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const answers = await Promise.all(TYPES.map((instType) => v5.get('/api/v5/public/instruments', { instType })));
      return answers.flat().map((row) => instrumentOf(row as Record<string, unknown>));
    });
  }

  find(id: string): Instrument | undefined {
    return this.#byId.get(id);
  }
}

export const instruments = new Instruments();
