/* Results as SVG, with a background of its own, so that it can be read on light and dark pages. */
import { duration, significant } from './format.js';
import { places } from './places.js';
import { describeMachine, type Results, type Row, ratioTo } from './results.js';
import { tooSlow } from './system.js';

const { own } = places.node;
const panels = [
  { mode: 'forward', title: 'LSTM, forward' },
  { mode: 'train', title: 'LSTM, a step of training (loss and Adam included)' },
];
const sizes = ['small', 'S', 'M', 'L', 'XL'];

const ink = {
  text: '#1f2933',
  muted: '#616e7c',
  grid: '#e4e7eb',
  own: '#0b7285',
  slower: '#9fb3c8',
  faster: '#e8590c',
  background: '#ffffff',
};
const width = 1000;
const panelWidth = 468;
const left = 24;
const top = 122;
const names = 112;
const bars = 210;
const line = 17;

/** Time of each system as a multiple of Recurra's, on one thread, on a logarithmic scale. */
export function chart({ machine, rows, refused }: Results): string {
  const single = rows.filter(({ threads }) => threads === 1);
  const drawn = panels.map((panel, i) => {
    const scenarios = sizes.map((size) => `lstm-${size}-${panel.mode}`);
    const groups = scenarios.map((scenario) => single.filter((row) => row.scenario === scenario));
    const reasons = refused.filter(({ scenario, threads }) => scenarios.includes(scenario) && threads === 1);
    return drawPanel(panel.title, groups, reasons, left + i * (panelWidth + 16));
  });
  const height = Math.max(...drawn.map(({ bottom }) => bottom)) + 44;
  const measured = `${describeMachine(machine)} · ${machine.date.slice(0, 10)} · one thread each, the same weights, outputs compared before timing`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">`,
    '<title>Recurra beside other libraries</title>',
    `<rect width="100%" height="100%" rx="6" fill="${ink.background}"/>`,
    text(left, 34, 'Time as a multiple of Recurra’s', `font-size="18" font-weight="600" fill="${ink.text}"`),
    text(
      left,
      58,
      'Logarithmic scale. Bars to the right take longer than Recurra, bars to the left less.',
      `fill="${ink.muted}"`,
    ),
    ...drawn.map(({ svg }) => svg),
    text(left, height - 20, measured, `fill="${ink.muted}"`),
    '</svg>',
  ].join('\n');
}

function drawPanel(
  title: string,
  groups: readonly (readonly Row[])[],
  refused: Results['refused'],
  x: number,
): { svg: string; bottom: number } {
  const ratios = groups.flatMap((rows) => rows.map((row) => ratioTo(own, row, rows) ?? 1));
  const low = Math.log(Math.min(0.5, ...ratios));
  const high = Math.log(Math.max(2, ...ratios));
  const place = (ratio: number) => x + names + ((Math.log(ratio) - low) / (high - low)) * bars;
  const parts = [text(x, 88, title, `font-size="14" font-weight="600" fill="${ink.text}"`)];
  let y = top;
  for (const rows of groups) {
    const base = rows.find(({ system }) => system === own);
    if (!base) continue;
    const { B, T, I, H } = base.shape;
    const size = base.scenario.split('-')[1];
    const sizeText = `${size}: B ${B}, T ${T}, I ${I}, H ${H}`;
    parts.push(text(x, y, sizeText, `font-weight="600" fill="${ink.text}"`));
    parts.push(
      text(
        x + panelWidth - 14,
        y,
        `Recurra ${duration(base.medianMs)}`,
        `text-anchor="end" font-weight="600" fill="${ink.own}"`,
      ),
    );
    const began = y + 6;
    for (const row of rows.filter(({ system }) => system !== own)) {
      y += line;
      parts.push(...drawBar(row, row.medianMs / base.medianMs, place, x, y));
    }
    const missing = refused.filter(
      ({ scenario, reason }) => scenario === base.scenario && reason === tooSlow,
    );
    for (const { system } of missing) {
      y += line;
      parts.push(text(x, y, system, `fill="${ink.muted}"`));
      parts.push(text(place(1) + 6, y, `not timed: ${tooSlow}`, `font-style="italic" fill="${ink.muted}"`));
    }
    parts.push(
      `<line x1="${round(place(1))}" x2="${round(place(1))}" y1="${began}" y2="${y + 5}" stroke="${ink.own}" stroke-width="2"/>`,
    );
    y += line + 12;
  }
  return { svg: parts.join('\n'), bottom: y - line };
}

function drawBar(row: Row, ratio: number, place: (ratio: number) => number, x: number, y: number): string[] {
  const [from, to] = [place(Math.min(ratio, 1)), place(Math.max(ratio, 1))];
  const color = ratio < 1 ? ink.faster : ink.slower;
  const tint = `text-anchor="end" fill="${ratio < 1 ? ink.faster : ink.text}"`;
  const native = row.executor.startsWith('native') ? ', native' : '';
  return [
    text(x, y, `${row.system.replace('onnxruntime', 'ort')}${native}`, `fill="${ink.text}"`),
    `<rect x="${round(from)}" y="${y - 10}" width="${round(to - from)}" height="12" fill="${color}"/>`,
    text(x + panelWidth - 74, y, duration(row.medianMs), tint),
    text(x + panelWidth - 14, y, `×${significant(ratio)}`, tint),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
