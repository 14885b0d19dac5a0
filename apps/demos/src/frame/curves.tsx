/* A curve over the steps of the training. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useScheme } from './scheme.js';

export interface CurveProps {
  readonly title: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
  /** The name of a CSS variable. */
  readonly color: string;
}

/** A thin line for every step, and a thick one for their running mean. */
export function Curve({ title, steps, values, color }: CurveProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useScheme();
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const chart = new uPlot(optionsOf(element, color), [[], [], []], element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 120 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [color, scheme]);
  useEffect(() => {
    const [x, y] = thinned(steps, values);
    plot.current?.setData([x, y, runningMean(y)]);
  }, [steps.length, values, scheme]);
  const last = values.at(-1);
  return (
    <figure class="curve">
      <figcaption>
        {title} <output>{last === undefined ? '' : last.toPrecision(3)}</output>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title} by step: ${describe(values)}`} />
    </figure>
  );
}

function optionsOf(element: HTMLElement, color: string): uPlot.Options {
  const style = getComputedStyle(element);
  const [line, quiet, grid] = [color, '--quiet', '--line'].map((name) => style.getPropertyValue(name));
  const axis = { stroke: quiet, font: '11px system-ui, sans-serif', ticks: { show: false }, gap: 4 };
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
        grid: { stroke: grid, width: 1 },
        size: 44,
        space: 22,
        values: (_, ticks) => ticks.map(tick),
      },
    ],
    series: [
      {},
      { stroke: `color-mix(in srgb, ${line} 30%, transparent)`, width: 1, points: { show: false } },
      { stroke: line, width: 2, points: { show: false } },
    ],
  };
}

function tick(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(2)));
}

/** At most about 800 of the points, at equal distances, and the last. */
function thinned(steps: readonly number[], values: readonly number[]): [number[], number[]] {
  const stride = Math.ceil(steps.length / 800);
  const keep = (_: number, i: number) => i % stride === 0 || i === steps.length - 1;
  // A logarithmic axis has no zero.
  return [steps.filter(keep), values.filter(keep).map((value) => Math.max(value, 1e-8))];
}

function runningMean(values: readonly number[]): number[] {
  let mean = values[0];
  return values.map((value) => {
    mean += 0.1 * (value - mean);
    return mean;
  });
}

function describe(values: readonly number[]): string {
  if (values.length === 0) return 'no steps yet';
  return `from ${values[0].toPrecision(2)} to ${values[values.length - 1].toPrecision(2)} in ${values.length} steps`;
}
