/* The held-out score over the time of training, with the baseline to pass. */
import type { Training } from './training.js';

const WIDTH = 336;
const HEIGHT = 96;

export function Race({ training: { scores, baselines, started } }: { training: Training }) {
  const [first] = baselines;
  const values = scores.map(({ value }) => value);
  const all = first ? [...values, first.score] : values;
  if (values.length === 0) return <div class="race" />;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = 0.08 * (most - least) || 1;
  const end = Math.max(scores[scores.length - 1].seconds, 1);
  const x = (seconds: number) => (seconds / end) * (WIDTH - 6);
  const y = (value: number) => HEIGHT - ((value - least + margin) / (most - least + 2 * margin)) * HEIGHT;
  const path = scores.map(
    ({ seconds, value }, i) => `${i ? 'L' : 'M'}${x(seconds).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  const description = `The score over ${end.toFixed(0)} s of training, from ${values[0].toFixed(1)} to ${values[values.length - 1].toFixed(1)}`;
  return (
    <div class="race">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={first ? `${description}; ${first.name}: ${first.score.toFixed(1)}` : description}
      >
        {first && <line class="baseline" x1="0" x2={WIDTH} y1={y(first.score)} y2={y(first.score)} />}
        <path d={path.join('')} />
        <circle cx={x(end)} cy={y(values[values.length - 1])} r="3.5" />
      </svg>
      <p class="quiet">
        <span>0 s</span>
        <span>
          {first &&
            `dashed: ${first.name}, ${started?.score.better === 'lower' ? 'below it' : 'above it'} is better`}
        </span>
        <span>{end.toFixed(0)} s</span>
      </p>
    </div>
  );
}
