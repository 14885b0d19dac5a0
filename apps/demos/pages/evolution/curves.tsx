/* The held-out scores of both networks, over their evaluations or over the seconds of their training. */
import { looksOf } from '../../src/frame/looks.js';

const WIDTH = 340;
const HEIGHT = 200;

/** The scores of one network, by what they have cost. */
export type Line = readonly { readonly cost: number; readonly score: number }[];

export interface CurvesProps {
  readonly title: string;
  /** The powers of ten at the ends of the axis. Costs outside them are drawn at the ends. */
  readonly powers: readonly [number, number];
  readonly names: readonly string[];
  /** By network: the recorded training, and this one. */
  readonly recorded: readonly Line[];
  readonly live: readonly Line[];
}

export function Curves({ title, powers: [low, high], names, recorded, live }: CurvesProps) {
  const looks = looksOf(names.length, '--blue');
  const x = (cost: number) =>
    (WIDTH * (Math.min(high, Math.max(low, Math.log10(cost))) - low)) / (high - low);
  const y = (score: number) => HEIGHT * (1 - score / 100);
  const path = (line: Line) =>
    line.map(({ cost, score }, i) => `${i ? 'L' : 'M'}${x(cost).toFixed(1)} ${y(score).toFixed(1)}`).join('');
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const last = names.map((name, i) => {
    const point = (live[i].length > 0 ? live[i] : recorded[i]).at(-1);
    return `${name} ${point?.score.toFixed(0)} % at ${point?.cost.toPrecision(2)}`;
  });
  return (
    <figure class="curves">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`-42 -10 ${WIDTH + 62} ${HEIGHT + 36}`}
        role="img"
        aria-label={`Right sums by ${title}: ${last.join('; ')}`}
      >
        {[0, 50, 100].map((score) => (
          <g key={score}>
            <path class="grid" d={`M0 ${y(score)}H${WIDTH}`} />
            <text x="-6" y={y(score) + 4} text-anchor="end">
              {score} %
            </text>
          </g>
        ))}
        {ticks.map((power) => (
          <text key={power} x={x(10 ** power)} y={HEIGHT + 18} text-anchor="middle">
            {(10 ** power).toLocaleString('en')}
          </text>
        ))}
        {names.map((name, i) => (
          <g
            key={name}
            style={{
              stroke: `var(${looks[i].color})`,
              strokeDasharray: looks[i].dash.join(' ') || undefined,
            }}
          >
            <path class="recorded" d={path(recorded[i])} />
            <path d={path(live[i])} />
          </g>
        ))}
      </svg>
    </figure>
  );
}
