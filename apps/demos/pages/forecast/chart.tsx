/* The true counts and the forecasts over time, with the weather below. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useScheme } from '../../src/frame/scheme.js';
import type { Forecasts } from './inference.js';

export interface ChartProps {
  readonly forecasts: Forecasts | undefined;
  readonly from: number;
  readonly count: number;
  readonly whatIf: Float64Array | undefined;
  /** Hours between the last seen hour and the forecast one. */
  readonly ahead: number;
}

const lines = [
  { name: 'truth', color: '--ink', width: 1.5, dash: [] },
  { name: 'this network', color: '--blue', width: 2.5, dash: [] },
  { name: 'linear autoregression', color: '--green', width: 1.25, dash: [5, 3] },
  { name: 'same as in the last hour', color: '--quiet', width: 1, dash: [1.5, 3] },
  { name: 'what if', color: '--orange', width: 2.5, dash: [8, 3] },
] as const;

export function Chart({ forecasts, from, count, whatIf, ahead }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useScheme();
  const [hour, setHour] = useState<number | null>(null);
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const chart = new uPlot(
      optionsOf(element, setHour),
      lines.map(() => []) as unknown as uPlot.AlignedData,
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: heightOf(element) }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [scheme]);
  const week = forecasts && {
    times: cut(forecasts.times, from, count),
    values: [forecasts.truth, forecasts.network, forecasts.linear, forecasts.persistence].map((all) =>
      cut(all, from, count),
    ),
  };
  const shown = week && [...week.values, whatIf ?? week.times.map(() => null)];
  useEffect(() => {
    if (week && shown) plot.current?.setData([week.times, ...shown] as uPlot.AlignedData);
  }, [forecasts, from, whatIf, scheme]);
  const at = week && hour !== null && hour < week.times.length ? hour : undefined;
  return (
    <figure class="forecast">
      <ul class="legend">
        {lines.map(({ name, color, dash }, i) =>
          name === 'what if' && !whatIf ? null : (
            <li key={name}>
              <svg viewBox="0 0 24 4" width="24" height="4" role="presentation">
                <line
                  x1="0"
                  x2="24"
                  y1="2"
                  y2="2"
                  stroke={`var(${color})`}
                  stroke-width="3"
                  stroke-dasharray={dash.join(' ')}
                />
              </svg>
              {name} <span>{at === undefined ? '' : Math.round(Number(shown?.[i][at] ?? 0))}</span>
            </li>
          ),
        )}
      </ul>
      <div
        ref={box}
        class="plot"
        role="img"
        aria-label={week ? describe(week.values, ahead) : 'The forecast is loading'}
      />
      <figcaption class="quiet">
        {at === undefined || !week
          ? `Rentals per hour, each forecast ${ahead === 1 ? 'an hour' : `${ahead} hours`} ahead.`
          : clock(week.times[at])}
      </figcaption>
      {forecasts && forecasts.temperature.length > 0 && (
        <Weather
          temperature={cut(forecasts.temperature, from, count)}
          rain={cut(forecasts.rain, from, count)}
        />
      )}
      <p class="visually-hidden" data-forecast={week?.values[1].map((value) => value.toFixed(0)).join(' ')} />
    </figure>
  );
}

/** Two of the network's other columns. */
function Weather({ temperature, rain }: { temperature: readonly number[]; rain: readonly number[] }) {
  const [least, most] = [Math.min(...temperature), Math.max(...temperature)];
  const y = (value: number) => 34 - (30 * (value - least)) / (most - least || 1);
  const points = temperature.map((value, hour) => `${hour},${y(value).toFixed(1)}`).join(' ');
  const wet = rain.filter((value) => value > 0).length;
  return (
    <div class="weather">
      <svg
        viewBox={`0 0 ${temperature.length} 38`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Temperature from ${least.toFixed(0)} to ${most.toFixed(0)} °C, rain in ${wet} hours`}
      >
        {rain.map((value, hour) => value > 0 && <rect key={hour} x={hour} y="0" width="1" height="38" />)}
        <polyline points={points} />
      </svg>
      <p class="quiet">
        Temperature, {least.toFixed(0)} to {most.toFixed(0)} °C
        {wet > 0 ? `; shaded: rain or snow, ${wet} h` : ''}
      </p>
    </div>
  );
}

function optionsOf(element: HTMLElement, point: (hour: number | null) => void): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name);
  const axis = { stroke: color('--quiet'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  const day = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' });
  return {
    width: element.clientWidth || 600,
    height: heightOf(element),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false },
    hooks: { setCursor: [(chart) => point(chart.cursor.idx ?? null)] },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { y: { range: (_, __, most) => [0, Math.max(10, 1.05 * most)] } },
    padding: [8, 4, 0, 0],
    axes: [
      {
        ...axis,
        grid: { stroke: color('--line'), width: 1 },
        splits: (chart) => {
          const [first = 0, last = 0] = [chart.scales.x.min, chart.scales.x.max];
          const midnight = Math.ceil(first / 86_400) * 86_400;
          return Array.from(
            { length: Math.max(0, Math.floor((last - midnight) / 86_400) + 1) },
            (_, i) => midnight + i * 86_400,
          );
        },
        values: (_, splits) => splits.map((seconds) => day.format(seconds * 1000)),
      },
      { ...axis, grid: { stroke: color('--line'), width: 1 }, size: 42 },
    ],
    series: [
      {},
      ...lines.map(({ color: name, width, dash }) => ({
        stroke: color(name),
        width,
        dash: [...dash],
        points: { show: false },
      })),
    ],
  };
}

function heightOf(element: HTMLElement): number {
  return element.clientWidth < 500 ? 240 : 340;
}

function cut(values: Float64Array, from: number, count: number): number[] {
  return Array.from(values.subarray(from, from + count));
}

function describe([truth, network, linear, last]: readonly (readonly number[])[], ahead: number): string {
  const off = (forecast: readonly number[]) =>
    (truth.reduce((sum, value, i) => sum + Math.abs(value - forecast[i]), 0) / truth.length).toFixed(0);
  return `Rentals by hour, forecast ${ahead} h ahead. In this week the network is off by ${off(network)} on average, linear autoregression by ${off(linear)}, the last hour's count by ${off(last)}.`;
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString('en', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
}
