/* A network's answers over the true sums; answers on the diagonal are right. */
import { Key, looksOf } from '../../src/frame/looks.js';

const SIZE = 220;
/** The ends of both axes. The sum of two numbers from 0 to 1 is in between. */
const [LEAST, MOST] = [0, 2];

export interface ScatterProps {
  readonly index: number;
  readonly name: string;
  readonly truth: readonly number[];
  readonly answers: readonly number[];
}

export function Scatter({ index, name, truth, answers }: ScatterProps) {
  const { color } = looksOf(2, '--blue')[index];
  const at = (value: number) => (SIZE * (Math.min(MOST, Math.max(LEAST, value)) - LEAST)) / (MOST - LEAST);
  const error = truth.reduce((sum, value, i) => sum + Math.abs(answers[i] - value), 0) / truth.length;
  return (
    <figure class="scatter">
      <figcaption>
        <Key index={index} /> {name}: off by {error.toFixed(3)} on average
      </figcaption>
      <svg
        viewBox={`-26 -8 ${SIZE + 36} ${SIZE + 44}`}
        role="img"
        aria-label={`${name}: answers by true sum, off by ${error.toFixed(3)} on average`}
      >
        <path class="grid" d={`M0 0V${SIZE}H${SIZE}`} />
        <path class="grid right" d={`M0 ${SIZE}L${SIZE} 0`} />
        {[0, 1, 2].map((value) => (
          <g key={value}>
            <text x={at(value)} y={SIZE + 16} text-anchor="middle">
              {value}
            </text>
            <text x="-8" y={SIZE - at(value) + 4} text-anchor="end">
              {value}
            </text>
          </g>
        ))}
        <text x={SIZE / 2} y={SIZE + 32} text-anchor="middle">
          true sum
        </text>
        <g fill={`var(${color})`}>
          {truth.map((value, i) => (
            <circle key={i} cx={at(value)} cy={SIZE - at(answers[i])} r="3.5" />
          ))}
        </g>
      </svg>
    </figure>
  );
}
