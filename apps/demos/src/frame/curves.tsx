/* A curve over the steps of the training. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Look } from './looks.js';
import { useScheme } from './scheme.js';

export interface CurveProps {
  readonly title: string;
  readonly steps: readonly number[];
  /** The values by network and step; null once a network's numbers are no longer finite. */
  readonly lines: readonly (readonly (number | null)[])[];
  /** One style for each network. */
  readonly looks: readonly Look[];
  /** The index of the network whose newest value is shown next to the title. */
  readonly followed: number;
  /** A value that is drawn as a horizontal line. Default: none. */
  readonly limit?: number;
}

type Column = (number | null)[];

/** For each network, a thin line for every step, and a thick one for their running mean. */
export function Curve({ title, steps, lines, looks, followed, limit }: CurveProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useScheme();
  const dressed = JSON.stringify([looks, limit !== undefined]);
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const options = optionsOf(element, looks, limit !== undefined);
    const chart = new uPlot(options, [[], ...options.series.slice(1).map(() => [])], element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 120 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [dressed, scheme]);
  useEffect(() => {
    const x = thinned(steps);
    const columns = looks.flatMap((_, i) => {
      const column = positive(thinned(lines[i] ?? []));
      return [column, runningMean(column)];
    });
    plot.current?.setData([x, ...columns, ...(limit === undefined ? [] : [x.map(() => limit)])]);
  }, [steps.length, lines, dressed, limit, scheme]);
  const values = lines[followed] ?? [];
  return (
    <figure class="curve">
      <figcaption>
        {title} <output>{values.at(-1)?.toPrecision(3) ?? ''}</output>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title} by step: ${describe(values)}`} />
    </figure>
  );
}

function optionsOf(element: HTMLElement, looks: readonly Look[], limited: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name);
  const axis = {
    stroke: value('--quiet'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
    gap: 4,
  };
  return {
    width: element.clientWidth || 300,
    height: 120,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { distr: 3 } },
    padding: [6, 6, 0, 0],
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 70 },
      {
        ...axis,
        // Draws a grid line for each label only: uPlot draws one for every tick, nine in each power of ten.
        grid: { stroke: value('--line'), width: 1, filter: labelled },
        size: 44,
        space: 22,
        values: (_, ticks) => ticks.map(tick),
      },
    ],
    series: [{}, ...looks.flatMap((look) => seriesOf(look, value)), ...(limited ? [limitLine(value)] : [])],
  };
}

function seriesOf({ color, dash }: Look, value: (name: string) => string): uPlot.Series[] {
  const stroke = value(color);
  return [
    { stroke: `color-mix(in srgb, ${stroke} 30%, transparent)`, width: 1, points: { show: false } },
    { stroke, dash: [...dash], width: 2, points: { show: false } },
  ];
}

function limitLine(value: (name: string) => string): uPlot.Series {
  return { stroke: value('--ink'), width: 1, points: { show: false } };
}

/** The ticks that have a label; the others are null. */
const labelled: uPlot.Axis.Filter = (chart, ticks, axis, space, increment) =>
  chart.axes[axis].filter?.(chart, ticks, axis, space, increment) ?? ticks;

function tick(value: number | null): string {
  if (value === null) return '';
  return value >= 1e-4 && value < 1e4
    ? String(Number(value.toPrecision(2)))
    : value.toExponential(0).replace('+', '');
}

/** At most about 800 of the values, at equal distances, and the last. */
function thinned<T>(values: readonly T[]): T[] {
  const stride = Math.ceil(values.length / 800);
  return values.filter((_, i) => i % stride === 0 || i === values.length - 1);
}

/** A logarithmic axis has no zero. */
function positive(values: Column): Column {
  return values.map((value) => value && Math.max(value, 1e-8));
}

function runningMean(values: Column): Column {
  let mean = values[0] ?? 0;
  return values.map((value) => {
    if (value === null) return null;
    mean += 0.1 * (value - mean);
    return mean;
  });
}

function describe(values: readonly (number | null)[]): string {
  const finite = values.filter((value) => value !== null);
  if (finite.length === 0) return 'no steps yet';
  return `from ${finite[0].toPrecision(2)} to ${finite[finite.length - 1].toPrecision(2)} in ${finite.length} steps`;
}
