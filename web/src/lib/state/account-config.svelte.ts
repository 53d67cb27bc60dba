/** How the account trades contracts: its mode, and whether it keeps a long and a short position side by side. */
import { v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface AccountConfig {
  /** 1 trades no contracts; 2, 3 and 4 do. */
  level: string;
  isHedged: boolean;
}

class Config extends Remote<AccountConfig> {
  start(): void {
    this.clear();
    void this.reload();
  }

  stop(): void {
    this.clear();
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const [row] = await v5.getSigned('/api/v5/account/config');
      const { acctLv, posMode } = row as unknown as { acctLv: string; posMode: string };
      return { level: acctLv, isHedged: posMode === 'long_short_mode' };
    });
  }

  get isHedged(): boolean {
    return this.value?.isHedged ?? false;
  }

  /** Whether contracts cannot be traded until the account's mode changes. */
  get isSpotOnly(): boolean {
    return this.value?.level === '1';
  }

  /** Raises `RefusedError` while something in contracts is open. */
  async setHedged(isHedged: boolean): Promise<void> {
    await v5.post('/api/v5/account/set-position-mode', { posMode: isHedged ? 'long_short_mode' : 'net_mode' });
    await this.reload();
  }

  /** Open the account for contracts. */
  async allowContracts(): Promise<void> {
    await v5.post('/api/v5/account/set-account-level', { acctLv: '2' });
    await this.reload();
  }
}

export const accountConfig = new Config();
