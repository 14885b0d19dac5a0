import { type RecurrentKernel, type RecurrentSpec, whyNotPlainCell } from '@recurra/core/backend';
import type { Storage } from '../kernels.js';
import type { Arrays } from '../textures.js';
import { copier } from './atlas.js';
import { type Cell, cellOf } from './cells.js';
import { packer } from './pack.js';
import { quads } from './texels.js';
import { shapeOf, Walk } from './walk.js';

/** The most results of one launch: of the LSTM's, either way. */
const MOST_RESULTS = 6;

/** A recurrent layer over a whole sequence: products over all steps, and a launch or two a step forward, two or four back. */
export function recurrent(arrays: Arrays): RecurrentKernel {
  const { get, add } = arrays;
  const pack = packer(arrays);
  const copy = copier(arrays);

  /** Runs the body with a walk whose arrays are given back at its end. */
  const walking = <T>(spec: RecurrentSpec, body: (walk: Walk, cell: Cell) => T): T => {
    const cell = cellOf(spec);
    const walk = new Walk(arrays, copy, spec, cell);
    try {
      return body(walk, cell);
    } finally {
      walk.end();
    }
  };

  return {
    declines: (spec) => whyNotPlainCell(spec) ?? beyondTextures(spec, arrays),

    forward: (spec, { x, weights, initialState, lengths }) =>
      walking(spec, (walk, cell) => {
        const { time, batch, inputSize, units, training } = spec;
        const { kernel, recurrentKernel, bias, recurrentBias } = weights;
        const width = cell.gates * units;
        const given = [x, kernel, recurrentKernel].map(get);
        const [b, rb, ends] = [bias, recurrentBias, lengths].map((tensor) => tensor && get(tensor));
        const start = initialState?.map(get);

        walk.set('x', pack.rows(given[0], { steps: time, batch, features: inputSize }));
        walk.set('w', pack.gates(given[1], b, { inputs: inputSize, units, width }));
        walk.set('u', pack.gates(given[2], rb, { inputs: units, units, width }));
        walk.set('lengths', pack.lengths(ends, time, batch));
        walk.project();
        const steps = walk.steps;
        const one = { steps: 1, batch, features: units };
        cell.states.forEach((name, i) => {
          walk.blank(name, 'before');
          if (start) walk.write(name, pack.rows(start[i], one), walk.rowOf('before', steps[0]));
        });

        const read = new Set(
          cell.forward
            .flatMap(({ reads, product }) => [...Object.values(reads), ...(product ? [product] : [])])
            .map(({ of }) => of),
        );
        const wanted = (name: string) => training || read.has(name);
        const run = walk.stepper(cell.forward, 'forward', wanted);
        for (const t of steps) run(t);

        const all = { steps: time, batch, features: units };
        const y = spec.sequence
          ? pack.fromRows(walk.get('h'), all, walk.rowOf('after', 0), ends && walk.get('lengths'))
          : undefined;
        const last = walk.rowOf('after', steps[time - 1]);
        return {
          y: y && add(y, [time, batch, units]),
          state: cell.states.map((name) => add(pack.fromRows(walk.get(name), one, last), [batch, units])),
          saved: training ? savedNames(cell).map((name) => saved(walk.keep(name))) : [],
        };
      }),

    backward: (spec, { weights, initialState }, { saved }, gradients) =>
      walking(spec, (walk, cell) => {
        const { time, batch, inputSize, units } = spec;
        const one = { steps: 1, batch, features: units };
        savedNames(cell).forEach((name, i) => {
          walk.lend(name, get(saved[i]));
        });
        if (gradients.y) walk.set('dy', pack.rows(get(gradients.y), { ...one, steps: time }));
        else walk.blank('dy', 'here');
        cell.states.forEach((name, i) => {
          const gradient = gradients.state[i];
          if (gradient) walk.set(`d${name}`, pack.rows(get(gradient), one));
          else walk.blank(`d${name}`, 'now');
        });

        const run = walk.stepper(cell.backward, 'backward', () => true);
        for (const t of walk.steps.reverse()) run(t);

        const width = cell.gates * units;
        const forKernel = walk.weightGradient({ of: 'x', at: 'here' }, cell.inputGradients, inputSize);
        const [forRecurrent, forRest] = cell.recurrentGradients.map((place) =>
          walk.weightGradient(place, place.gradients, units),
        );
        const rest = forRest && { split: cell.recurrentGradients[0].gradients.length, gates: forRest };
        const ofKernel = (gates: Storage, inputs: number, rest?: { split: number; gates: Storage }) =>
          add(pack.fromGates(gates, { inputs, units, width }, 0, rest), [inputs, width]);
        const ofBias = (gates: Storage, inputs: number) =>
          add(pack.fromGates(gates, { inputs: 1, units, width }, inputs), [width]);
        const found = {
          kernel: ofKernel(forKernel, inputSize),
          recurrentKernel: ofKernel(forRecurrent, units, rest),
          bias: weights.bias && ofBias(forKernel, inputSize),
          recurrentBias: weights.recurrentBias && ofBias(forRecurrent, units),
        };
        const dx = spec.inputGradient
          ? pack.fromRows(walk.inputGradient(), { steps: time, batch, features: inputSize }, 0)
          : undefined;
        return {
          x: dx && add(dx, [time, batch, inputSize]),
          weights: found,
          initialState: initialState?.map((_, i) =>
            add(pack.fromRows(walk.get(`d${cell.states[i]}`), one, 0), [batch, units]),
          ),
        };
      }),
  };

  function saved(array: Storage) {
    return add(array, shapeOf(array));
  }
}

const savedNames = (cell: Cell) => ['x', 'w', 'u', 'lengths', ...cell.states, ...cell.saved];

function beyondTextures(
  { time, batch, inputSize, units }: RecurrentSpec,
  { device }: Arrays,
): string | undefined {
  if (time * batch * inputSize * units === 0) return 'a dimension of 0';
  if (device.results < MOST_RESULTS) {
    return `a kernel here writes ${device.results} textures at most, and the cells write ${MOST_RESULTS}`;
  }
  const longest = Math.max((time + 1) * quads(batch), inputSize + 1, units + 1);
  return longest > device.side ? `${longest} texels along a side; a texture has ${device.side}` : undefined;
}
