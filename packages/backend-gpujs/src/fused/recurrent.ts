import { type RecurrentKernel, type RecurrentSpec, whyNotPlainCell } from '@recurra/core/backend';
import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { type Cell, recurrentWeights, withoutHistory } from './cell.js';
import { cellOf } from './cells.js';
import { copier } from './copy.js';
import { packer } from './pack.js';
import { Scan, shapeOf } from './scan.js';
import { columnsOf, MAX_RESULTS, quads } from './texels.js';

/**
 * A recurrent layer over a whole sequence: products over all steps, then one or two launches for each step
 * forward, and two to four backward.
 */
export function recurrent(context: Context): RecurrentKernel {
  const { get, add } = context;
  const pack = packer(context);
  const copy = copier(context);

  /** Runs `body` with a scan whose arrays are freed at its end. */
  const withScan = <T>(spec: RecurrentSpec, body: (scan: Scan, cell: Cell) => T): T => {
    const cell = cellOf(spec);
    const scan = new Scan(context, copy, spec, cell);
    try {
      return body(scan, cell);
    } finally {
      scan.release();
    }
  };

  return {
    declines: (spec) => whyNotPlainCell(spec) ?? whyTooLarge(spec, context),

    forward: (spec, { x, weights, initialState, lengths }) =>
      withScan(spec, (scan, cell) => {
        const { time, batch, inputSize, units, training } = spec;
        const { kernel, recurrentKernel, bias, recurrentBias } = weights;
        const width = cell.gates * units;
        const [xs, w, u] = [x, kernel, recurrentKernel].map(get);
        const [b, rb, ends] = [bias, recurrentBias, lengths].map((tensor) => tensor && get(tensor));
        const start = initialState?.map(get);

        scan.set('x', pack.rows(xs, { steps: time, batch, features: inputSize }));
        const all = { first: 0, columns: columnsOf(cell.gates, units) };
        scan.set('w', pack.gates(w, b, { inputs: inputSize, units, width, ...all }));
        for (const gates of recurrentGates(cell)) {
          const some = { first: gates[0], columns: columnsOf(gates.length, units) };
          scan.set(recurrentWeights(gates), pack.gates(u, rb, { inputs: units, units, width, ...some }));
        }
        scan.set('lengths', pack.lengths(ends, time, batch));
        scan.project();
        const steps = scan.steps;
        const one = { steps: 1, batch, features: units };
        const kept = cell.states.filter((name) => training || (spec.sequence && name === 'h'));
        const isKept = (name: string) => kept.includes(name);
        cell.states.forEach((name, i) => {
          scan.blank(name, isKept(name) ? 'before' : 'now');
          const row = isKept(name) ? scan.rowOf('before', steps[0]) : 0;
          if (start) scan.write(name, pack.rows(start[i], one), row);
        });

        const read = new Set(
          cell.forward
            .flatMap(({ reads, product }) => [...Object.values(reads), ...(product ? [product] : [])])
            .map(({ of }) => of),
        );
        const isRead = (name: string) => training || read.has(name);
        const replaced = cell.states.filter((name) => !isKept(name));
        const phases = cell.forward.map((phase) => withoutHistory(phase, replaced));
        const run = scan.stepper(phases, `forward, ${kept} kept`, isRead);
        for (const t of steps) run(t);

        const sequence = { steps: time, batch, features: units };
        const y = spec.sequence
          ? pack.fromRows(scan.get('h'), sequence, scan.rowOf('after', 0), ends && scan.get('lengths'))
          : undefined;
        const last = scan.rowOf('after', steps[time - 1]);
        return {
          y: y && add(y, [time, batch, units]),
          state: cell.states.map((name) =>
            add(pack.fromRows(scan.get(name), one, isKept(name) ? last : 0), [batch, units]),
          ),
          saved: training ? savedNames(cell).map((name) => saved(scan.keep(name))) : [],
        };
      }),

    backward: (spec, { weights, initialState }, { saved }, gradients) =>
      withScan(spec, (scan, cell) => {
        const { time, batch, inputSize, units } = spec;
        const one = { steps: 1, batch, features: units };
        savedNames(cell).forEach((name, i) => {
          scan.borrow(name, get(saved[i]));
        });
        if (gradients.y) scan.set('dy', pack.rows(get(gradients.y), { ...one, steps: time }));
        else scan.blank('dy', 'here');
        cell.states.forEach((name, i) => {
          const gradient = gradients.state[i];
          if (gradient) scan.set(`d${name}`, pack.rows(get(gradient), one));
          else scan.blank(`d${name}`, 'now');
        });

        const run = scan.stepper(cell.backward, 'backward', () => true);
        for (const t of scan.steps.reverse()) run(t);

        const width = cell.gates * units;
        const x = { of: 'x', at: 'here' } as const;
        const array = scan.weightGradient(x, cell.inputGradients, inputSize);
        const forKernel = [{ array, columns: columnsOf(cell.gates, units) }];
        const forRecurrent = cell.recurrentGradients.map((block) => ({
          array: scan.weightGradient(block, block.gradients, units),
          columns: columnsOf(block.gradients.length, units),
        }));
        const shape = { units, width };
        const ofProducts = cell.recurrentGradients.flatMap(({ gradients }) => gradients);
        const ofBias = (gradients: readonly string[]) => add(scan.biasGradient(gradients), [width]);
        const weightGradients = {
          kernel: add(pack.fromGates(forKernel, { inputs: inputSize, ...shape }), [inputSize, width]),
          recurrentKernel: add(pack.fromGates(forRecurrent, { inputs: units, ...shape }), [units, width]),
          bias: weights.bias && ofBias(cell.inputGradients),
          recurrentBias: weights.recurrentBias && ofBias(ofProducts),
        };
        const dx = spec.inputGradient
          ? pack.fromRows(scan.inputGradient(), { steps: time, batch, features: inputSize }, 0)
          : undefined;
        return {
          x: dx && add(dx, [time, batch, inputSize]),
          weights: weightGradients,
          initialState: initialState?.map((_, i) =>
            add(pack.fromRows(scan.get(`d${cell.states[i]}`), one, 0), [batch, units]),
          ),
        };
      }),
  };

  function saved(array: Storage) {
    return add(array, shapeOf(array));
  }
}

/** The gates of each product with U. */
const recurrentGates = (cell: Cell) =>
  cell.forward.flatMap(({ product }) => (product ? [product.gates] : []));

const savedNames = (cell: Cell) => [
  ...['x', 'w', ...recurrentGates(cell).map(recurrentWeights), 'lengths'],
  ...cell.states,
  ...cell.saved,
];

function whyTooLarge(
  { time, batch, inputSize, units }: RecurrentSpec,
  { device }: Context,
): string | undefined {
  if (time * batch * inputSize * units === 0) return 'a dimension of 0';
  if (device.results < MAX_RESULTS) {
    return `the cells write ${MAX_RESULTS} textures, but a kernel can write only ${device.results} here`;
  }
  const longest = Math.max((time + 1) * quads(batch), inputSize + 1, units + 1);
  return longest > device.side
    ? `${longest} texels along a side, but a texture has at most ${device.side}`
    : undefined;
}
