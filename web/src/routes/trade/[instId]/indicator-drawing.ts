/** Indicators on the chart: those of prices over the candles, those of their own scale in panes below. */
import { HistogramSeries, type IChartApi, type ISeriesApi, LineSeries, type UTCTimestamp } from 'lightweight-charts';

import { type Candle, movingAverage } from '$lib/model/candles';
import {
  AVERAGES,
  type Course,
  EXPONENTIALS,
  type Indicator,
  bands,
  convergence,
  exponentialAverage,
  relativeStrength,
} from '$lib/model/indicators';
import type { Colors } from './chart-colors';

/** How much of the chart's height the candles have for each part of a pane below. */
const CANDLES_HEIGHT = 4;
const LIMITS_OF_STRENGTH = [30, 70] as const;

type Look = 'line' | 'dashed' | 'columns';
interface Part {
  title: string;
  look: Look;
  /** Which of the colors that stand beside each other. */
  color: 0 | 1 | 2;
  course: (closes: readonly number[]) => Course;
}

const PARTS: Record<Indicator, { isBelow: boolean; digits?: number; parts: Part[] }> = {
  ma: {
    isBelow: false,
    parts: AVERAGES.map((count, at) => ({
      title: `MA ${String(count)}`,
      look: 'line',
      color: at as 0 | 1 | 2,
      course: (closes) => movingAverage(closes, count),
    })),
  },
  ema: {
    isBelow: false,
    parts: EXPONENTIALS.map((count, at) => ({
      title: `EMA ${String(count)}`,
      look: 'dashed',
      color: at as 0 | 1,
      course: (closes) => exponentialAverage(closes, count),
    })),
  },
  boll: {
    isBelow: false,
    parts: (['upper', 'middle', 'lower'] as const).map((name) => ({
      title: 'BOLL',
      look: name === 'middle' ? 'dashed' : 'line',
      color: 2,
      course: (closes) => bands(closes)[name],
    })),
  },
  rsi: {
    isBelow: true,
    digits: 1,
    parts: [{ title: 'RSI', look: 'line', color: 2, course: (closes) => relativeStrength(closes) }],
  },
  macd: {
    isBelow: true,
    parts: [
      { title: '', look: 'columns', color: 0, course: (closes) => convergence(closes).histogram },
      { title: 'MACD', look: 'line', color: 1, course: (closes) => convergence(closes).line },
      { title: '', look: 'line', color: 0, course: (closes) => convergence(closes).signal },
    ],
  },
};

interface Drawn {
  series: ISeriesApi<'Line'> | ISeriesApi<'Histogram'>;
  part: Part;
}

export class IndicatorDrawing {
  readonly #chart: IChartApi;
  readonly #format: { type: 'price'; precision: number; minMove: number };
  readonly #timeOf: (candle: Candle) => UTCTimestamp;
  #colors: Colors;
  #chosen: readonly Indicator[] = [];
  #drawn: Drawn[] = [];

  constructor(chart: IChartApi, digits: number, colors: Colors, timeOf: (candle: Candle) => UTCTimestamp) {
    this.#chart = chart;
    this.#colors = colors;
    this.#timeOf = timeOf;
    this.#format = { type: 'price', precision: digits, minMove: 1 / 10 ** digits };
  }

  /** Show these and no others. */
  choose(chosen: readonly Indicator[], candles: readonly Candle[]): void {
    if (chosen.join() === this.#chosen.join()) return;
    for (const { series } of this.#drawn) this.#chart.removeSeries(series);
    this.#chosen = chosen;
    let pane = 0;
    this.#drawn = chosen.flatMap((indicator) => {
      const { isBelow, parts } = PARTS[indicator];
      if (isBelow) pane += 1;
      return parts.map((part) => ({ part, series: this.#add(indicator, part, isBelow ? pane : 0) }));
    });
    this.#chart.panes().forEach((one, at) => one.setStretchFactor(at === 0 ? CANDLES_HEIGHT : 1));
    this.recolor(this.#colors);
    this.draw(candles);
  }

  recolor(colors: Colors): void {
    this.#colors = colors;
    for (const { series, part } of this.#drawn) {
      series.applyOptions({ color: part.look === 'columns' ? colors.faint : colors.courses[part.color] });
    }
  }

  draw(candles: readonly Candle[]): void {
    const closes = candles.map((candle) => Number(candle.close));
    for (const { series, part } of this.#drawn) {
      const course = part.course(closes);
      series.setData(
        candles.flatMap((candle, index) => {
          const value = course[index] ?? null;
          return value === null ? [] : [{ time: this.#timeOf(candle), value }];
        }),
      );
    }
  }

  /** The last candle changed, or one came: nothing else does. */
  drawLast(candles: readonly Candle[]): void {
    const last = candles.at(-1);
    if (!last || this.#drawn.length === 0) return;
    const closes = candles.map((candle) => Number(candle.close));
    for (const { series, part } of this.#drawn) {
      const value = part.course(closes).at(-1) ?? null;
      if (value !== null) series.update({ time: this.#timeOf(last), value });
    }
  }

  #add(indicator: Indicator, part: Part, pane: number): Drawn['series'] {
    const own = PARTS[indicator].digits;
    const format =
      own === undefined ? this.#format : { type: 'price' as const, precision: own, minMove: 1 / 10 ** own };
    const common = { priceFormat: format, priceLineVisible: false, lastValueVisible: pane > 0 && part.title !== '' };
    if (part.look === 'columns') return this.#chart.addSeries(HistogramSeries, common, pane);
    const line = { lineWidth: 1 as const, lineStyle: part.look === 'dashed' ? 2 : 0, crosshairMarkerVisible: false };
    const title = pane > 0 ? { title: part.title } : {};
    const series = this.#chart.addSeries(LineSeries, { ...common, ...line, ...title }, pane);
    if (indicator === 'rsi') {
      for (const price of LIMITS_OF_STRENGTH) {
        series.createPriceLine({
          price,
          color: this.#colors.faint,
          lineWidth: 1,
          lineStyle: 1,
          axisLabelVisible: false,
        });
      }
    }
    return series;
  }
}
