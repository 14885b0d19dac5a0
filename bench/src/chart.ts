/* Results as SVG. It draws its own background, so that it can be read on light and dark pages. */
import { duration, significant } from './format.js';
import { describeMachine, type Results, type Row, ratioTo } from './results.js';
import { tooSlow } from './system.js';

const own = 'recurra-cpu';
const panels = [
  { mode: 'forward', title: 'LSTM, forward' },
  { mode: 'train', title: 'LSTM, a step of training (loss and Adam included)' },
];
const sizes = ['small', 'S', 'M', 'L', 'XL'];

const ink = {
  text: '#1f2933',
  muted: '#616e7c',
  own: '#0b7285',
  slower: '#9fb3c8',
  faster: '#e8590c',
  background: '#ffffff',
};
const muted = `fill="${ink.muted}"`;
const width = 1000;
const panelWidth = 468;
const left = 24;
const top = 122;
const namesWidth = 112;
const barsWidth = 210;
const lineHeight = 17;

/** Time of each system as a multiple of that of the WebAssembly backend, on one thread, on a logarithmic scale. */
export function chart({ machine, rows, refused }: Results): string {
  const drawn = panels.map(({ mode, title }, i) => {
    const groups = sizes.map((size) => {
      const inGroup = ({ scenario, threads }: { scenario: string; threads: number }) =>
        scenario === `lstm-${size}-${mode}` && threads === 1;
      return { rows: rows.filter(inGroup), refused: refused.filter(inGroup) };
    });
    return drawPanel(title, groups, left + i * (panelWidth + 16));
  });
  const height = Math.max(...drawn.map(({ bottom }) => bottom)) + 44;
  const measured = `${describeMachine(machine)} · ${machine.date.slice(0, 10)} · one thread each, the same weights, outputs compared before timing`;
  const scale = 'Logarithmic scale. Bars to the right: slower than recurra-cpu. Bars to the left: faster.';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">`,
    '<title>Recurra compared with other libraries</title>',
    `<rect width="100%" height="100%" rx="6" fill="${ink.background}"/>`,
    text(
      left,
      34,
      'Time as a multiple of recurra-cpu’s',
      `font-size="18" font-weight="600" fill="${ink.text}"`,
    ),
    text(left, 58, scale, muted),
    ...drawn.map(({ svg }) => svg),
    text(left, height - 20, measured, muted),
    '</svg>',
  ].join('\n');
}

/** The measurements of one size. */
interface Group extends Pick<Results, 'refused'> {
  readonly rows: readonly Row[];
}

function drawPanel(title: string, groups: readonly Group[], x: number): { svg: string; bottom: number } {
  const ratios = groups.flatMap(({ rows }) => rows.map((row) => ratioTo(own, row, rows) ?? 1));
  const low = Math.log(Math.min(0.5, ...ratios));
  const high = Math.log(Math.max(2, ...ratios));
  const toX = (ratio: number) => x + namesWidth + ((Math.log(ratio) - low) / (high - low)) * barsWidth;
  const parts = [text(x, 88, title, `font-size="14" font-weight="600" fill="${ink.text}"`)];
  let y = top;
  for (const { rows, refused } of groups) {
    const base = rows.find(({ system }) => system === own);
    if (!base) continue;
    const { B, T, I, H } = base.shape;
    const size = `${base.scenario.split('-')[1]}: B ${B}, T ${T}, I ${I}, H ${H}`;
    const time = `${own} ${duration(base.medianMs)}`;
    parts.push(text(x, y, size, `font-weight="600" fill="${ink.text}"`));
    parts.push(text(x + panelWidth - 14, y, time, `text-anchor="end" font-weight="600" fill="${ink.own}"`));
    const groupTop = y + 6;
    for (const row of rows.filter(({ system }) => system !== own)) {
      y += lineHeight;
      parts.push(...drawBar(row, row.medianMs / base.medianMs, toX, x, y));
    }
    for (const { system } of refused.filter(({ reason }) => reason === tooSlow)) {
      y += lineHeight;
      parts.push(text(x, y, system, muted));
      parts.push(text(toX(1) + 6, y, `not timed: ${tooSlow}`, `font-style="italic" ${muted}`));
    }
    const one = round(toX(1));
    parts.push(
      `<line x1="${one}" x2="${one}" y1="${groupTop}" y2="${y + 5}" stroke="${ink.own}" stroke-width="2"/>`,
    );
    y += lineHeight + 12;
  }
  return { svg: parts.join('\n'), bottom: y - lineHeight };
}

function drawBar(row: Row, ratio: number, toX: (ratio: number) => number, x: number, y: number): string[] {
  const [start, end] = [toX(Math.min(ratio, 1)), toX(Math.max(ratio, 1))];
  const color = ratio < 1 ? ink.faster : ink.slower;
  const number = `text-anchor="end" fill="${ratio < 1 ? ink.faster : ink.text}"`;
  const native = row.executor.startsWith('native') ? ', native' : '';
  return [
    text(x, y, `${row.system.replace('onnxruntime', 'ort')}${native}`, `fill="${ink.text}"`),
    `<rect x="${round(start)}" y="${y - 10}" width="${round(end - start)}" height="12" fill="${color}"/>`,
    text(x + panelWidth - 74, y, duration(row.medianMs), number),
    text(x + panelWidth - 14, y, `×${significant(ratio)}`, number),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
