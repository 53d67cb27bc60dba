/** The first lines of a client, filled with this host and one account's key: paste, run, go on from there. */
import type { TradingKey } from '$lib/api/signing';

export const CLIENTS = ['ccxt', 'ccxt.pro', 'python-okx', 'curl'] as const;
export type Client = (typeof CLIENTS)[number];

/** A text as Python and JSON alike write it. */
const quoted = (text: string): string => JSON.stringify(text);
/** A text as a shell takes it, whatever is in it. */
const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const keyOf = ({ apiKey, secret, passphrase }: TradingKey): string =>
  `{"apiKey": ${quoted(apiKey)}, "secret": ${quoted(secret)}, "password": ${quoted(passphrase)}}`;

const WRITERS: Record<Client, (origin: string, key: TradingKey) => string> = {
  ccxt: (origin, key) => `import ccxt

exchange = ccxt.okx(${keyOf(key)})
exchange.urls["api"]["rest"] = ${quoted(origin)}

print(exchange.fetch_ticker("BTC/USDT")["last"])
print(exchange.create_order("BTC/USDT", "market", "buy", 0.01)["id"])
`,
  'ccxt.pro': (origin, key) => `import asyncio
import ccxt.pro

async def main():
    exchange = ccxt.pro.okx(${keyOf(key)})
    exchange.urls["api"]["rest"] = ${quoted(origin)}
    exchange.urls["api"]["ws"] = ${quoted(`${origin.replace(/^http/, 'ws')}/ws/v5`)}
    try:
        book = await exchange.watch_order_book("BTC/USDT")
        print(book["bids"][0][0], book["asks"][0][0])
        order = await exchange.create_order_ws("BTC/USDT", "market", "buy", 0.01)
        print(order["id"])
    finally:
        await exchange.close()

asyncio.run(main())
`,
  'python-okx': (origin, { apiKey, secret, passphrase }) => `from okx.Trade import TradeAPI

trade = TradeAPI(
    ${quoted(apiKey)}, ${quoted(secret)}, ${quoted(passphrase)},
    domain=${quoted(origin)}, flag="1", debug=False,
)
print(trade.place_order("BTC-USDT", tdMode="cash", side="buy", ordType="market", sz="0.01", tgtCcy="base_ccy"))
`,
  curl: (origin, { apiKey, secret, passphrase }) => `path=/api/v5/account/balance
ts=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
sign=$(printf '%s' "\${ts}GET\${path}" | openssl dgst -sha256 -hmac ${shell(secret)} -binary | base64)
curl -s ${shell(origin)}"$path" \\
  -H ${shell(`OK-ACCESS-KEY: ${apiKey}`)} \\
  -H "OK-ACCESS-SIGN: $sign" \\
  -H "OK-ACCESS-TIMESTAMP: $ts" \\
  -H ${shell(`OK-ACCESS-PASSPHRASE: ${passphrase}`)}
`,
};

/** What to paste for `client`. */
export function snippet(client: Client, origin: string, key: TradingKey): string {
  return WRITERS[client](origin, key);
}

/** `text` with its secrets covered, for people who look over a shoulder. */
export function covered(text: string, key: TradingKey): string {
  return [key.secret, key.passphrase].reduce((shown, secret) => shown.replaceAll(secret || '\n\n\n', '••••••••'), text);
}
