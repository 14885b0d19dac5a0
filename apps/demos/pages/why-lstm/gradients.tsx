/* The gradient's norm by time step, as curves on a logarithmic scale. */
import type { Norms } from './inference.js';
import { KINDS } from './kinds.js';

const WIDTH = 600;
const HEIGHT = 260;
/** Powers of ten that are shown, at least; what lies below the lowest is drawn there. */
const DECADES = 4;
const LOWEST = -12;

const NAMES = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

export function Gradients({ norms }: { norms: Norms }) {
  const { now, before, cell } = norms;
  const curves = [
    ...KINDS.map((kind) => ({ name: `${NAMES[kind]} before training`, look: kind, values: before[kind] })),
    { name: `this ${NAMES[cell]} now`, look: 'now', values: now },
  ];
  const powers = curves.flatMap(({ values }) => values.map(power));
  const top = Math.ceil(Math.max(...powers));
  const bottom = Math.max(LOWEST, Math.min(top - DECADES, Math.floor(Math.min(...powers))));
  const y = (value: number) => (HEIGHT * (top - Math.max(power(value), bottom))) / (top - bottom);
  const path = (values: readonly number[]) =>
    values
      .map(
        (value, t) =>
          `${t ? 'L' : 'M'}${((WIDTH * t) / (values.length - 1)).toFixed(1)} ${y(value).toFixed(1)}`,
      )
      .join('');
  return (
    <figure class="gradients">
      <svg
        viewBox={`-48 -8 ${WIDTH + 56} ${HEIGHT + 36}`}
        role="img"
        aria-label="The gradient’s norm at each time step; the table below has it at the first and the last"
      >
        {Array.from({ length: top - bottom + 1 }, (_, i) => (
          <g key={i}>
            <path class="grid" d={`M0 ${y(10 ** (top - i))}H${WIDTH}`} />
            <text x="-6" y={y(10 ** (top - i)) + 4} text-anchor="end">
              10
              <tspan dy="-5" font-size="0.7em">
                {top - i}
              </tspan>
            </text>
          </g>
        ))}
        {curves.map(({ look, values }) => (
          <path key={look} class={look} d={path(values)} />
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
            <th scope="col">Gradient’s norm</th>
            <th scope="col">first step</th>
            <th scope="col">last step</th>
          </tr>
        </thead>
        <tbody>
          {curves.map(({ name, look, values }) => (
            <tr key={look}>
              <th scope="row">
                <svg class="key" viewBox="0 0 32 10" aria-hidden="true">
                  <path class={look} d="M0 5H32" />
                </svg>{' '}
                {name}
              </th>
              <td>{values[0].toExponential(1)}</td>
              <td>{values[values.length - 1].toExponential(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function power(value: number): number {
  return Math.max(LOWEST, Math.log10(value));
}
