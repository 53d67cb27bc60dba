/** How requests and logins are signed: HMAC-SHA256 of what is sent, in Base64. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** A trading key. Kept in memory only, never in the browser's storage. */
export interface TradingKey {
  apiKey: string;
  secret: string;
  passphrase: string;
}

/** The signature of `text` under `secret`. */
export function signature(secret: string, text: string): string {
  const digest = hmac(sha256, utf8ToBytes(secret), utf8ToBytes(text));
  return btoa(String.fromCharCode(...digest));
}

/** The headers that sign a request. `target` is the path with its query. */
export function signedHeaders(
  key: TradingKey,
  nowMs: number,
  method: string,
  target: string,
  body: string,
): Record<string, string> {
  const moment = new Date(nowMs).toISOString();
  return {
    'OK-ACCESS-KEY': key.apiKey,
    'OK-ACCESS-SIGN': signature(key.secret, moment + method + target + body),
    'OK-ACCESS-TIMESTAMP': moment,
    'OK-ACCESS-PASSPHRASE': key.passphrase,
  };
}

/** The argument of a socket's login. */
export function loginArgument(key: TradingKey, nowMs: number): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1000).toString();
  return {
    apiKey: key.apiKey,
    passphrase: key.passphrase,
    timestamp,
    sign: signature(key.secret, `${timestamp}GET/users/self/verify`),
  };
}
