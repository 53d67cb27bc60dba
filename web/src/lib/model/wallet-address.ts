/** Addresses outside the exchange: which network writes them how, and what else it takes to reach somebody there. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

import { RIPPLE_SIGNS, fromBase58, isBase58Check } from './base58';
import { isBech32 } from './bech32';

export interface Network {
  name: string;
  title: string;
  /** How those who share an address there are told apart; `null` where nobody shares one. */
  memo: { kind: 'tag' | 'memo'; form: RegExp } | null;
  isAddress: (text: string) => boolean;
}

const TAG = { kind: 'tag', form: /^\d{1,10}$/u } as const;
const MEMO = { kind: 'memo', form: /^[\x20-\x7e]{1,128}$/u } as const;

export const NETWORKS: readonly Network[] = [
  { name: 'Bitcoin', title: 'Bitcoin', memo: null, isAddress: isBitcoin },
  { name: 'ERC20', title: 'Ethereum (ERC20)', memo: null, isAddress: isEthereum },
  { name: 'TRC20', title: 'Tron (TRC20)', memo: null, isAddress: (text) => isBase58Check(text, 21, [0x41]) },
  { name: 'Solana', title: 'Solana', memo: null, isAddress: (text) => fromBase58(text)?.length === 32 },
  { name: 'Arbitrum One', title: 'Arbitrum One', memo: null, isAddress: isEthereum },
  { name: 'Optimism', title: 'Optimism', memo: null, isAddress: isEthereum },
  { name: 'Polygon', title: 'Polygon', memo: null, isAddress: isEthereum },
  { name: 'BSC', title: 'BNB Smart Chain', memo: null, isAddress: isEthereum },
  { name: 'Litecoin', title: 'Litecoin', memo: null, isAddress: isLitecoin },
  { name: 'Dogecoin', title: 'Dogecoin', memo: null, isAddress: (text) => isBase58Check(text, 21, [0x1e, 0x16]) },
  { name: 'Ripple', title: 'XRP Ledger', memo: TAG, isAddress: (text) => isBase58Check(text, 21, [0], RIPPLE_SIGNS) },
  { name: 'Stellar', title: 'Stellar Lumens', memo: MEMO, isAddress: (text) => /^G[A-Z2-7]{55}$/u.test(text) },
  { name: 'TON', title: 'TON', memo: MEMO, isAddress: (text) => /^[EU]Q[\w-]{46}$/u.test(text) },
  { name: 'Cosmos', title: 'Cosmos', memo: MEMO, isAddress: (text) => /^cosmos1[02-9ac-hj-np-z]{38}$/u.test(text) },
];

/** The network of that name; `null` for one that we know nothing of. */
export function networkOf(name: string): Network | null {
  return NETWORKS.find((network) => network.name.toLowerCase() === name.trim().toLowerCase()) ?? null;
}

export interface AddressDraft {
  network: string;
  currency: string;
  address: string;
  memo: string;
  label: string;
}
export type AddressProblems = Partial<Record<keyof AddressDraft, 'empty' | 'form' | 'other' | 'checksum'>>;

/** What keeps an address from being listed. One that another network writes so is named as such, since money sent there is lost. */
export function addressProblems(draft: AddressDraft): AddressProblems {
  const found: AddressProblems = {};
  const address = draft.address.trim();
  const network = networkOf(draft.network);
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,47}$/u.test(draft.network.trim())) found.network = 'form';
  if (!/^[A-Z0-9]{0,16}$/u.test(draft.currency.trim())) found.currency = 'form';
  if (!/^[\x21-\x7e]{8,256}$/u.test(address)) found.address = address ? 'form' : 'empty';
  else if (network && !network.isAddress(address)) found.address = otherThan(network, address);
  const memo = draft.memo.trim();
  if (memo && !(network?.memo?.form ?? MEMO.form).test(memo)) found.memo = 'form';
  if (!draft.label.trim()) found.label = 'empty';
  else if (draft.label.trim().length > 50 || /\p{C}/u.test(draft.label)) found.label = 'form';
  return found;
}

/** Whether money may be lost without a memo: others are reached at the same address. */
export function mayNeedMemo(draft: Pick<AddressDraft, 'network' | 'memo'>): boolean {
  return Boolean(networkOf(draft.network)?.memo) && !draft.memo.trim();
}

/** An address in the middle of which nobody looks: its beginning and its end. */
export function shortAddress(address: string): string {
  return address.length > 20 ? `${address.slice(0, 8)}…${address.slice(-8)}` : address;
}

function otherThan(network: Network, address: string): 'other' | 'checksum' | 'form' {
  if (/^0x[0-9a-f]{40}$/iu.test(address) && network.isAddress === isEthereum) return 'checksum';
  return NETWORKS.some((other) => other.isAddress(address)) ? 'other' : 'form';
}

function isBitcoin(text: string): boolean {
  return isBase58Check(text, 21, [0x00, 0x05]) || isBech32(text, 'bc');
}

function isLitecoin(text: string): boolean {
  return isBase58Check(text, 21, [0x30, 0x32]) || isBech32(text, 'ltc');
}

/** Twenty bytes in hexadecimal; where letters have two cases these are a checksum (EIP-55). */
function isEthereum(text: string): boolean {
  const digits = /^0x([0-9a-f]{40})$/iu.exec(text)?.[1];
  if (digits === undefined) return false;
  const lower = digits.toLowerCase();
  if (digits === lower || digits === digits.toUpperCase()) return true;
  const sum = bytesToHex(keccak_256(utf8ToBytes(lower)));
  return [...digits].every((digit, at) => {
    const isUpper = parseInt(sum.charAt(at), 16) > 7;
    return digit === (isUpper ? digit.toUpperCase() : digit.toLowerCase());
  });
}
