/* The gradient's norm by time step, as curves on a logarithmic scale. */
import { Key, looksOf } from '../../src/frame/looks.js';
import type { Norms } from './inference.js';

const WIDTH = 600;
const HEIGHT = 240;
/** The smallest range of powers of ten that is shown. */
const DECADES = 4;
/** Values beyond these powers are drawn at these powers. */
const LOWEST = -16;
const HIGHEST = 30;
/**
 * A gradient that is this many times smaller or larger at the first step than at the last has vanished or
 * exploded.
 */
const MUCH = 1000;

export function Gradients({ norms }: { norms: Norms }) {
  const networks = Object.entries(norms);
  const looks = looksOf(networks.length, '--blue');
  const powers = networks.flatMap(([, values]) => values.map(power));
  const top = Math.ceil(Math.max(...powers));
  const bottom = Math.min(top - DECADES, Math.floor(Math.min(...powers)));
  const stride = Math.ceil((top - bottom) / 8);
  const ticks = Array.from({ length: Math.floor((top - bottom) / stride) + 1 }, (_, i) => top - stride * i);
  const y = (exponent: number) => (HEIGHT * (top - exponent)) / (top - bottom);
  const path = (values: readonly number[]) =>
    values
      .map((value, t) => {
        const x = (WIDTH * t) / (values.length - 1);
        return `${t ? 'L' : 'M'}${x.toFixed(1)} ${y(power(value)).toFixed(1)}`;
      })
      .join('');
  return (
    <figure class="gradients">
      <svg
        viewBox={`-60 -18 ${WIDTH + 68} ${HEIGHT + 46}`}
        role="img"
        aria-label="The gradient’s norm at each time step; the table below has it at the first and the last"
      >
        {ticks.map((exponent) => (
          <g key={exponent}>
            <path class="grid" d={`M0 ${y(exponent)}H${WIDTH}`} />
            <text x="-6" y={y(exponent) + 4} text-anchor="end">
              10
              <tspan dy="-5" font-size="0.7em">
                {String(exponent).replace('-', '−')}
              </tspan>
            </text>
          </g>
        ))}
        {networks.map(([name, values], i) => (
          <path
            key={name}
            d={path(values)}
            style={{
              stroke: `var(${looks[i].color})`,
              strokeDasharray: looks[i].dash.join(' ') || undefined,
            }}
          />
        ))}
        <text x="0" y={HEIGHT + 20}>
          first step
        </text>
        <text x={WIDTH} y={HEIGHT + 20} text-anchor="end">
          last step
        </text>
      </svg>
      <table>
        <thead>
          <tr>
            <th scope="col">Norm</th>
            <th scope="col">first step</th>
            <th scope="col">last step</th>
            <th scope="col">last to first</th>
          </tr>
        </thead>
        <tbody>
          {networks.map(([name, values], i) => (
            <tr key={name}>
              <th scope="row">
                <Key index={i} /> {name}
              </th>
              <td>{values[0].toExponential(1)}</td>
              <td>{values[values.length - 1].toExponential(1)}</td>
              <td>{change(values[0] / values[values.length - 1])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function power(value: number): number {
  if (!Number.isFinite(value)) return HIGHEST;
  return Math.min(HIGHEST, Math.max(LOWEST, Math.log10(value)));
}

function change(ratio: number): string {
  if (ratio < 1 / MUCH) return 'vanishes';
  if (ratio <= MUCH) return `× ${ratio.toPrecision(2)}`;
  return 'explodes';
}
