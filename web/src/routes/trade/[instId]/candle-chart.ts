/** The drawing of candles: the one place that knows the chart library, and where prices become pixels. */
import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type LogicalRange,
  type MouseEventParams,
  type Time,
  type UTCTimestamp,
  createChart,
  createSeriesMarkers,
} from 'lightweight-charts';

import { formatFixed } from '$lib/format/numbers';
import { type Candle, isUp } from '$lib/model/candles';
import type { FillMark } from '$lib/model/fill-marks';
import type { Indicator } from '$lib/model/indicators';
import { type Colors, colorsOf } from './chart-colors';
import { IndicatorDrawing } from './indicator-drawing';

/** A line at a price: an own order, a position's entry, or where it would be liquidated. */
export interface Mark {
  /** Of what can be moved. */
  id?: string;
  kind: 'order' | 'entry' | 'liquidation';
  price: string;
  title: string;
  side: 'buy' | 'sell';
}

/** Dashed, drawn through, dotted. */
const LINES = { order: 2, entry: 0, liquidation: 1 } as const;

// The library thinks in UTC; shifted times make it write those of the person's own zone.
const shiftS = (timeMs: number) => timeMs / 1000 - new Date(timeMs).getTimezoneOffset() * 60;
const timeOf = (candle: Candle) => shiftS(candle.timeMs) as UTCTimestamp;

export class CandleChart {
  readonly #element: HTMLElement;
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  readonly #mark: ISeriesApi<'Line'>;
  readonly #index: ISeriesApi<'Line'>;
  readonly #fills: ISeriesMarkersPluginApi<Time>;
  readonly #indicators: IndicatorDrawing;
  #colors: Colors;
  #drawn: Candle[] = [];
  #priceLines: IPriceLine[] = [];

  constructor(element: HTMLElement, digits: number, locale: string) {
    this.#element = element;
    this.#colors = colorsOf(element);
    const format = { type: 'price' as const, precision: digits, minMove: 1 / 10 ** digits };
    this.#chart = createChart(element, {
      autoSize: true,
      localization: { locale, priceFormatter: (price: number) => formatFixed(locale, price.toFixed(digits), digits) },
      layout: { attributionLogo: false, fontSize: 11, fontFamily: getComputedStyle(element).fontFamily },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, rightOffset: 6, barSpacing: 7, minBarSpacing: 1.5 },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { priceFormat: format, borderVisible: false });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceFormat: { type: 'volume' },
      priceScaleId: 'volume',
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.2 } });
    const thin = { lineWidth: 1 as const, priceLineVisible: false, crosshairMarkerVisible: false, priceFormat: format };
    this.#mark = this.#chart.addSeries(LineSeries, { ...thin, lineStyle: 2, lastValueVisible: false });
    this.#index = this.#chart.addSeries(LineSeries, { ...thin, lineStyle: 1, lastValueVisible: false });
    this.#fills = createSeriesMarkers(this.#candles);
    this.#indicators = new IndicatorDrawing(this.#chart, digits, this.#colors, timeOf);
    this.recolor();
  }

  /** Take the colors that hold now. */
  recolor(): void {
    const colors = (this.#colors = colorsOf(this.#element));
    const grid = { color: colors.line };
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: colors.surface },
        textColor: colors.text,
        panes: { separatorColor: colors.line, separatorHoverColor: colors.volumeUp },
      },
      grid: { vertLines: grid, horzLines: grid },
      rightPriceScale: { borderColor: colors.line },
      timeScale: { borderColor: colors.line },
    });
    const { buy, sell } = colors;
    this.#candles.applyOptions({ upColor: buy, downColor: sell, wickUpColor: buy, wickDownColor: sell });
    this.#mark.applyOptions({ color: colors.accent });
    this.#index.applyOptions({ color: colors.faint });
    this.#indicators.recolor(colors);
    this.#drawAll(this.#drawn);
  }

  /** Show `candles`; when only the last changed or one came, nothing else is drawn anew. */
  show(candles: Candle[]): void {
    const known = this.#drawn;
    const last = candles.at(-1);
    const isSame = known.length > 0 && known[0]?.timeMs === candles[0]?.timeMs;
    const isGrown = isSame && last && candles.length - known.length <= 1 && candles.length >= known.length;
    this.#drawn = candles;
    if (!isGrown || candles.at(-2)?.close !== (candles.length === known.length ? known.at(-2) : known.at(-1))?.close) {
      this.#drawAll(candles);
      return;
    }
    this.#candles.update(barOf(last));
    this.#volume.update(this.#volumeOf(last));
    this.#indicators.drawLast(candles);
  }

  showIndicators(chosen: readonly Indicator[]): void {
    this.#indicators.choose(chosen, this.#drawn);
  }

  /** The course of the mark or the index price. */
  showLine(kind: 'mark' | 'index', candles: Candle[]): void {
    const series = kind === 'mark' ? this.#mark : this.#index;
    series.setData(candles.map((candle) => ({ time: timeOf(candle), value: Number(candle.close) })));
  }

  showMarks(marks: readonly Mark[]): void {
    for (const line of this.#priceLines) this.#candles.removePriceLine(line);
    const { buy, sell, warn } = this.#colors;
    this.#priceLines = marks.map(({ price, title, side, kind }) =>
      this.#candles.createPriceLine({
        price: Number(price),
        title,
        color: kind === 'liquidation' ? warn : side === 'buy' ? buy : sell,
        lineWidth: 1,
        lineStyle: LINES[kind],
        axisLabelVisible: true,
      }),
    );
  }

  /** Own fills: arrows below what was bought, above what was sold. */
  showFills(fills: readonly FillMark[]): void {
    const { buy, sell } = this.#colors;
    this.#fills.setMarkers(
      fills.map(({ timeMs, side }) => ({
        time: shiftS(timeMs) as UTCTimestamp,
        position: side === 'buy' ? 'belowBar' : 'aboveBar',
        shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
        color: side === 'buy' ? buy : sell,
      })),
    );
  }

  /** Where `price` lies, in pixels from the top; `null` when it is out of sight. */
  yOf(price: string): number | null {
    return this.#candles.priceToCoordinate(Number(price));
  }

  priceAt(y: number): number | null {
    return this.#candles.coordinateToPrice(y);
  }

  /** Hear of the candle under the pointer; `null` when there is none. */
  onPoint(hear: (candle: Candle | null) => void): void {
    this.#chart.subscribeCrosshairMove((event: MouseEventParams) => {
      hear(event.time === undefined ? null : (this.#drawn.find((candle) => timeOf(candle) === event.time) ?? null));
    });
  }

  /** Hear when the first candles come into sight. */
  onBeginning(hear: () => void): void {
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range: LogicalRange | null) => {
      if (range && range.from < 20) hear();
    });
  }

  close(): void {
    this.#chart.remove();
  }

  #drawAll(candles: Candle[]): void {
    this.#candles.setData(candles.map(barOf));
    this.#volume.setData(candles.map((candle) => this.#volumeOf(candle)));
    this.#indicators.draw(candles);
  }

  #volumeOf(candle: Candle) {
    const color = isUp(candle) ? this.#colors.volumeUp : this.#colors.volumeDown;
    return { time: timeOf(candle), value: Number(candle.volume || '0'), color };
  }
}

function barOf(candle: Candle) {
  return {
    time: timeOf(candle),
    open: Number(candle.open),
    high: Number(candle.high),
    low: Number(candle.low),
    close: Number(candle.close),
  };
}
