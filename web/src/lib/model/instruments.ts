/** Instruments and tickers as screens need them, read from rows of the wire. */
import { type Decimal, change, isDecimal } from './decimals';

export type InstrumentType = 'SPOT' | 'SWAP' | 'FUTURES';

export interface Instrument {
  id: string;
  type: InstrumentType;
  base: string;
  quote: string;
  /** What profits and margin of a contract are counted in; the quote currency of a spot pair. */
  settle: string;
  family: string;
  tick: Decimal;
  lot: Decimal;
  sizeMin: Decimal;
  limitSizeMax: Decimal;
  marketSizeMax: Decimal;
  /** How much of `contractCurrency` one contract is; `1` for spot. */
  contractValue: Decimal;
  contractCurrency: string;
  isInverse: boolean;
  leverageMax: Decimal;
  expiryMs: number;
  state: string;
}

type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, key: string): string => {
  const value = row[key];
  return typeof value === 'string' ? value : '';
};

/** The instrument in a row of `public/instruments`. */
export function instrumentOf(row: Row): Instrument {
  const type = text(row, 'instType') as InstrumentType;
  const [first = '', second = ''] = (text(row, 'instFamily') || text(row, 'instId')).split('-');
  const base = text(row, 'baseCcy') || first;
  const quote = text(row, 'quoteCcy') || second;
  return {
    id: text(row, 'instId'),
    type,
    base,
    quote,
    settle: text(row, 'settleCcy') || quote,
    family: text(row, 'instFamily'),
    tick: text(row, 'tickSz'),
    lot: text(row, 'lotSz'),
    sizeMin: text(row, 'minSz'),
    limitSizeMax: text(row, 'maxLmtSz'),
    marketSizeMax: text(row, 'maxMktSz'),
    contractValue: type === 'SPOT' ? '1' : text(row, 'ctVal') || '1',
    contractCurrency: text(row, 'ctValCcy'),
    isInverse: text(row, 'ctType') === 'inverse',
    leverageMax: text(row, 'lever'),
    expiryMs: Number(text(row, 'expTime') || '0'),
    state: text(row, 'state'),
  };
}

/** How an instrument is called on the screen: `BTC/USDT`, `BTCUSDT Perp`, `BTCUSDT 25 Dec`. */
export function displayName(instrument: Pick<Instrument, 'id' | 'type' | 'base' | 'quote'>): string {
  const { id, type, base, quote } = instrument;
  if (type === 'SPOT') return `${base}/${quote}`;
  const end = id.split('-').at(-1) ?? '';
  return `${base}${quote} ${type === 'SWAP' ? 'Perp' : end}`;
}

/** What an order's size counts: the base currency, or contracts (`''`). */
export function sizeUnit(instrument: Instrument): string {
  return instrument.type === 'SPOT' ? instrument.base : '';
}

export interface Ticker {
  id: string;
  last: Decimal;
  bid: Decimal;
  ask: Decimal;
  open: Decimal;
  high: Decimal;
  low: Decimal;
  /** Of the last day, in the quote currency for spot, in the base currency for contracts. */
  turnover: Decimal;
  timeMs: number;
}

/** The ticker in a row of `market/tickers` or of the channel `tickers`. */
export function tickerOf(row: Row): Ticker {
  return {
    id: text(row, 'instId'),
    last: text(row, 'last'),
    bid: text(row, 'bidPx'),
    ask: text(row, 'askPx'),
    open: text(row, 'open24h'),
    high: text(row, 'high24h'),
    low: text(row, 'low24h'),
    turnover: text(row, 'volCcy24h'),
    timeMs: Number(text(row, 'ts') || '0'),
  };
}

/** Change of the last day as a share; `null` where it is not known. */
export function dayChange(ticker: Ticker | undefined): number | null {
  const found = ticker && isDecimal(ticker.last) ? change(ticker.last, ticker.open) : null;
  return found === null ? null : Number(found.toFixed(6));
}

export type Category = 'favorites' | 'spot' | 'perpetual' | 'dated';

/** The instruments of a category whose name holds `search`, the busiest first. */
export function listed(
  instruments: readonly Instrument[],
  category: Category,
  search: string,
  favorites: ReadonlySet<string>,
  turnoverOf: (id: string) => Decimal,
): Instrument[] {
  const types: Record<Category, InstrumentType | null> = {
    favorites: null,
    spot: 'SPOT',
    perpetual: 'SWAP',
    dated: 'FUTURES',
  };
  const wanted = search.trim().toUpperCase().replace('/', '-');
  const type = types[category];
  // Who searches, searches everywhere.
  const isListed = (one: Instrument) =>
    wanted ? one.id.includes(wanted) : type === null ? favorites.has(one.id) : one.type === type;
  const weight = new Map(instruments.map(({ id }) => [id, Number(turnoverOf(id) || '0')]));
  return instruments.filter(isListed).sort((a, b) => (weight.get(b.id) ?? 0) - (weight.get(a.id) ?? 0));
}
