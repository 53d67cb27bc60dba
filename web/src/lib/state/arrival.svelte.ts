/** Somebody who came from another provider and is about to sign up. Kept in memory: a reload begins anew. */

export interface Arrival {
  token: string;
  /** Which account it is there, masked. */
  label: string;
}

class Arrivals {
  current = $state.raw<Arrival | null>(null);

  keep(arrived: Arrival): void {
    this.current = arrived;
  }

  forget(): void {
    this.current = null;
  }
}

export const arrival = new Arrivals();
