/*
 * A sequence, the inputs on which each network's answer depends, and the gates of the LSTM and the minGRU
 * that decide what is kept, with their steps aligned.
 */
import { Fragment } from 'preact';
import { HeatMap } from '../../src/frame/heat-map.js';
import { Key, looksOf } from '../../src/frame/looks.js';
import type { Reading } from './inference.js';
import { isRight } from './problems.js';

const WIDTH = 600;
const HEIGHT = 56;

export function Dependence({ reading }: { reading: Reading }) {
  const { x, y, problem, networks, forgetGates, updateGates } = reading;
  const names = Object.keys(networks);
  const looks = looksOf(names.length, '--blue');
  const words = (output: readonly number[]) =>
    problem === 'copying'
      ? output.map((logit) => (logit > 0 ? 1 : 0)).join(' ')
      : output.map((sum) => sum.toFixed(2).replace('-', '−')).join();
  return (
    <div class="dependence">
      <div>
        <b>The sequence</b>
        <span class="quiet">grey: not marked</span>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={spoken(x)}>
        <Bars values={x.map(([value, marked]) => (marked ? 0 : value))} most={1} color="--faint" />
        <Bars values={x.map(([value, marked]) => (marked ? value : 0))} most={1} color="--ink" />
      </svg>
      {names.map((name, i) => {
        const { output, slopes } = networks[name];
        const most = Math.max(...slopes.map(Math.abs));
        return (
          <Fragment key={name}>
            <div>
              <b>
                <Key index={i} /> {name}
              </b>
              <span class="quiet">
                says {words(output)}
                {isRight(problem, output, y) ? ' ✓' : ''}
              </span>
              <span class="quiet">largest slope {most.toPrecision(2)}</span>
            </div>
            <svg
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={`${name}: ${largest(slopes)}`}
            >
              <Bars values={slopes} most={most} color={looks[i].color} />
            </svg>
          </Fragment>
        );
      })}
      <div>
        <b>Forget gates of the LSTM</b>
        <span class="quiet">blue: keeps; pale: forgets; one row for each unit</span>
      </div>
      <HeatMap steps={forgetGates} range="gate" />
      <div>
        <b>Update gates of the minGRU</b>
        <span class="quiet">blue: replaces; pale: keeps; they only see the input of their step</span>
      </div>
      <HeatMap steps={updateGates} range="gate" />
    </div>
  );
}

/** One bar for each step, upwards for a positive value and downwards for a negative one. */
function Bars({
  values,
  most,
  color,
}: {
  values: readonly number[];
  /** The value that fills the height. */
  most: number;
  color: string;
}) {
  const below = values.some((value) => value < 0);
  const zero = below ? HEIGHT / 2 : HEIGHT;
  const stride = WIDTH / values.length;
  const bars = values.map((value, t) => {
    const top = zero - (most > 0 ? value / most : 0) * zero;
    return `M${((t + 0.5) * stride).toFixed(1)} ${zero}V${top.toFixed(1)}`;
  });
  return (
    <g>
      <path d={`M0 ${zero}H${WIDTH}`} stroke="var(--line)" />
      <path d={bars.join('')} stroke={`var(${color})`} stroke-width={0.7 * stride} />
    </g>
  );
}

function spoken(x: Reading['x']): string {
  const marked = x.flatMap(([value, mark], t) => (mark ? [`${value} at step ${t + 1}`] : []));
  return `${x.length} steps; marked: ${marked.join(', ')}`;
}

/** Describes the steps of the two largest slopes. */
function largest(slopes: readonly number[]): string {
  const order = slopes.map((_, t) => t).sort((a, b) => Math.abs(slopes[b]) - Math.abs(slopes[a]));
  const two = order.slice(0, 2).map((t) => `${slopes[t].toPrecision(2)} at step ${t + 1}`);
  return `the largest slopes are ${two.join(' and ')}`;
}
