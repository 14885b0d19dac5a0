/* A line chart as SVG, with its own background, so that it is readable on light and dark pages. */
import { largest, smallest } from './extremes.js';

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: ArrayLike<number>;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** The label of the vertical axis, with the unit. */
  readonly label: string;
  /** The label of the horizontal axis. */
  readonly timeLabel: string;
  readonly lines: readonly Line[];
  /** Sections of the horizontal axis, in steps; each has a dashed line at its start and a name below. */
  readonly parts: readonly { readonly from: number; readonly to: number; readonly name: string }[];
}

const size = { width: 960, height: 420 };
const plot = { left: 84, right: 936, top: 86, bottom: 346 };
const ink = { text: '#1f2933', muted: '#616e7c', grid: '#e4e7eb', background: '#ffffff' };

export function lineChart({ title, subtitle, label, timeLabel, lines, parts }: Chart): string {
  const all = lines.flatMap(({ values }) => Array.from(values));
  const ticks = niceTicks(smallest(all), largest(all), 7);
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const last = largest(lines.map(({ values }) => values.length)) - 1;
  const x = (step: number) => plot.left + (step / last) * (plot.right - plot.left);
  const y = (value: number) => plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top);

  const text = (at: [number, number], content: string, attributes = '') =>
    `<text x="${round(at[0])}" y="${round(at[1])}" ${attributes}>${escaped(content)}</text>`;
  const segment = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
  const middle = (plot.top + plot.bottom) / 2;

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${ink.background}"/>`,
    text([plot.left, 34], title, `font-size="18" font-weight="600" fill="${ink.text}"`),
    text([plot.left, 58], subtitle, `fill="${ink.muted}"`),
    `<g stroke="${ink.grid}">`,
    ...ticks.map((value) => segment(plot.left, y(value), plot.right, y(value))),
    '</g>',
    `<g stroke="${ink.grid}" stroke-dasharray="3 3">`,
    ...parts.map(({ from }) =>
      segment(x(Math.max(from - 0.5, 0)), plot.top, x(Math.max(from - 0.5, 0)), plot.bottom),
    ),
    '</g>',
    `<g fill="${ink.muted}" text-anchor="end">`,
    ...ticks.map((value) => text([plot.left - 10, y(value) + 4.5], value.toLocaleString('en-US'))),
    '</g>',
    `<g fill="${ink.muted}" text-anchor="middle">`,
    ...parts.map(({ from, to, name }) => text([(x(from) + x(to)) / 2, plot.bottom + 20], name)),
    text([(plot.left + plot.right) / 2, plot.bottom + 42], timeLabel),
    text([20, middle], label, `transform="rotate(-90 20 ${round(middle)})"`),
    '</g>',
    ...lines.map(({ color, values }) => {
      const points = Array.from(values, (value, step) => `${round(x(step))},${round(y(value))}`).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>`;
    }),
    ...lines.map(({ name, color }, i) => {
      const left = plot.left + i * 120;
      const key = `<line x1="${left}" y1="404" x2="${left + 26}" y2="404" stroke="${color}" stroke-width="3"/>`;
      return key + text([left + 34, 408.5], name, `fill="${ink.text}"`);
    }),
    '</svg>',
    '',
  ].join('\n');
}

/** About `count` round numbers at equal distances that cover the range from `low` to `high`. */
function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
