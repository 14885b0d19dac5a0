/* The held-out scores over the time of training, with the baseline to pass. */
import { looksOf } from './looks.js';
import type { Training } from './training.js';

const WIDTH = 336;
const HEIGHT = 96;

export function Race({ training: { scores, baselines, started } }: { training: Training }) {
  const [first] = baselines;
  if (scores.length === 0 || !started) return <div class="race" />;
  const { networks, followed, score } = started;
  const measured = scores.flatMap(({ values }) => values);
  const all = first ? [...measured, first.score] : measured;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = 0.08 * (most - least) || 1;
  const end = Math.max(scores[scores.length - 1].seconds, 1);
  const x = (seconds: number) => (seconds / end) * (WIDTH - 6);
  const y = (value: number) => HEIGHT - ((value - least + margin) / (most - least + 2 * margin)) * HEIGHT;
  const path = (network: number) =>
    scores
      .map(
        ({ seconds, values }, i) =>
          `${i ? 'L' : 'M'}${x(seconds).toFixed(1)} ${y(values[network]).toFixed(1)}`,
      )
      .join('');
  const from = scores[0].values[followed];
  const to = scores[scores.length - 1].values[followed];
  const description = `The score over ${end.toFixed(0)} s of training, from ${from.toFixed(1)} to ${to.toFixed(1)}`;
  return (
    <div class="race">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={first ? `${description}; ${first.name}: ${first.score.toFixed(1)}` : description}
      >
        {first && <line class="baseline" x1="0" x2={WIDTH} y1={y(first.score)} y2={y(first.score)} />}
        {looksOf(networks.length, '--blue').map(({ color, dash }, i) => (
          <path
            key={color}
            d={path(i)}
            style={{ stroke: `var(${color})`, strokeDasharray: dash.join(' ') || undefined }}
          />
        ))}
        <circle cx={x(end)} cy={y(to)} r="3.5" />
      </svg>
      <p class="quiet">
        <span>0 s</span>
        <span>
          {first &&
            `${networks.length > 1 ? 'grey' : 'dashed'}: ${first.name}, ${score.better === 'lower' ? 'below it' : 'above it'} is better`}
        </span>
        <span>{end.toFixed(0)} s</span>
      </p>
    </div>
  );
}
