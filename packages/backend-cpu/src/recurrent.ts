import type { RecurrentKernel, RecurrentSpec, Tensor } from '@recurra/core';
import type { Cell, Columns, Steps } from './cells/cell.js';
import { gru } from './cells/gru.js';
import { gruResetBefore } from './cells/gru-reset-before.js';
import { lstm } from './cells/lstm.js';
import { rnn } from './cells/rnn.js';
import { kindOf } from './dense.js';
import { product, repeatedProduct } from './matmul.js';
import type { Arrays } from './memory.js';

/**
 * A recurrent layer over a whole sequence. Forward: x·W of all steps in one product, then for each step one product with
 * U and the cell. Back: for each step the cell and one product with Uᵀ, then the gradient of each weight, and of x, in
 * one product over all steps.
 */
export function recurrent(arrays: Arrays): RecurrentKernel {
  const { kernels, at, create, work } = arrays;

  /** A copy of `x` at `to`, or zeros where there is no x. */
  const start = (x: Tensor | undefined, to: number, size: number) => {
    if (x) kernels.copy(at(x), 0, 0, 0, 1, to, 0, 0, 0, 1, 1, 1, 1, size);
    else kernels.fill(to, 0, size);
  };

  return {
    declines,

    forward: (spec, { x, weights, initialState, lengths }) =>
      work((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, inputSize, units, training } = spec;
        const [rows, width] = [time * batch, cell.gates * units];
        const kernel = { address: at(weights.kernel), row: width };
        const recurrentKernel = at(weights.recurrentKernel);

        const y = create([time, batch, units]);
        const state = Array.from({ length: statesOf(spec) }, () => create([batch, units]));
        state.forEach((tensor, i) => {
          start(initialState?.[i], at(tensor), batch * units);
        });
        const others = Array.from({ length: training ? cell.saved : 0 }, () => create([time, batch, units]));
        const gates = training && cell.savesGates ? [create([time, batch, width])] : [];
        const a = gates.length > 0 ? at(gates[0]) : scratch(rows * width);

        if (weights.bias) kernels.fillRows(at(weights.bias), a, rows, width);
        const inputs = { address: at(x), row: inputSize };
        product(arrays, inputs, kernel, { address: a, row: width }, [rows, width, inputSize], spec.bias);

        const step = cell.forward({
          ...{ kernels, batch, units, scratch },
          relu: kindOf(spec.activation) === 'relu',
          lengths: lengths ? at(lengths) : 0,
          gates: stepsOf(spec, a, width),
          saved: Array.from({ length: cell.saved }, (_, i) =>
            stepsOf(spec, training ? at(others[i]) : 0, units),
          ),
          y: stepsOf(spec, at(y), units),
          state: state.map(at),
          recurrentBias: weights.recurrentBias ? at(weights.recurrentBias) : 0,
          product({ from, count }: Columns) {
            const u = { address: recurrentKernel + from * 4, row: width };
            const times = repeatedProduct(arrays, scratch, u, [units, count], time);
            return (h, gates, accumulate) =>
              times({ address: h, row: units }, { address: gates + from * 4, row: width }, batch, accumulate);
          },
        });
        for (let i = 0; i < time; i++) step(spec.reverse ? time - 1 - i : i);
        return { y, state, saved: [...others, ...gates] };
      }),

    backward: (spec, { x, weights, initialState, lengths }, { y, saved }, gradients) =>
      work((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, inputSize, units } = spec;
        const [rows, width] = [time * batch, cell.gates * units];
        const kernel = { address: at(weights.kernel), row: width };
        const recurrentKernel = at(weights.recurrentKernel);

        const dInitial = initialState?.map(() => create([batch, units]));
        const dState = Array.from({ length: statesOf(spec) }, (_, i) => {
          const carried = dInitial ? at(dInitial[i]) : scratch(batch * units);
          start(gradients.state[i], carried, batch * units);
          return carried;
        });
        const da = { address: scratch(rows * width), row: width };
        const du = cell.apart ? { address: scratch(rows * width), row: width } : da;

        const step = cell.backward({
          ...{ kernels, batch, units, scratch, dState },
          relu: kindOf(spec.activation) === 'relu',
          lengths: lengths ? at(lengths) : 0,
          gates: stepsOf(spec, cell.savesGates ? at(saved[cell.saved]) : 0, width),
          saved: Array.from({ length: cell.saved }, (_, i) => stepsOf(spec, at(saved[i]), units)),
          y: stepsOf(spec, at(y), units),
          dy: stepsOf(spec, gradients.y ? at(gradients.y) : 0, units),
          da: stepsOf(spec, da.address, width),
          du: stepsOf(spec, du.address, width),
          product({ from, count }: Columns) {
            const u = { address: recurrentKernel + from * 4, row: width, transposed: true };
            const times = repeatedProduct(arrays, scratch, u, [count, units], time);
            return (du, dh, accumulate) =>
              times({ address: du + from * 4, row: width }, { address: dh, row: units }, batch, accumulate);
          },
        });
        for (let i = time - 1; i >= 0; i--) step(spec.reverse ? time - 1 - i : i);

        const dKernel = create([inputSize, width]);
        const inputs = { address: at(x), row: inputSize, transposed: true };
        product(arrays, inputs, da, { address: at(dKernel), row: width }, [inputSize, width, rows]);
        const dRecurrentKernel = create([units, width]);
        for (const { saved: i, from, count } of cell.factors(units)) {
          const left = { address: at(saved[i]), row: units, transposed: true };
          const right = { address: du.address + from * 4, row: width };
          const to = { address: at(dRecurrentKernel) + from * 4, row: width };
          product(arrays, left, right, to, [units, count, rows]);
        }
        const sumOfRows = (address: number) => {
          const sum = create([width]);
          kernels.sum(address, at(sum), 1, rows, width);
          return sum;
        };
        const dx = spec.inputGradient ? create([time, batch, inputSize]) : undefined;
        if (dx) {
          const to = { address: at(dx), row: inputSize };
          product(arrays, da, { ...kernel, transposed: true }, to, [rows, inputSize, width]);
        }
        return {
          x: dx,
          weights: {
            kernel: dKernel,
            recurrentKernel: dRecurrentKernel,
            bias: weights.bias && sumOfRows(da.address),
            recurrentBias: weights.recurrentBias && sumOfRows(du.address),
          },
          initialState: dInitial,
        };
      }),
  };
}

function declines(spec: RecurrentSpec): string | undefined {
  if (spec.layerNorm) return 'layer normalisation inside the cell';
  if (spec.recurrentDropout) return 'dropout on the state';
  if (spec.stepGradients) return 'a gradient for every step';
  if (spec.peepholes) return 'peepholes';
  if (spec.projection) return 'a projection of the output';
  if (spec.clip > 0) return 'clipped gates';
  const activation = kindOf(spec.activation);
  const recurrentActivation = kindOf(spec.recurrentActivation);
  if (spec.cell === 'rnn') {
    return activation === 'tanh' || activation === 'relu'
      ? undefined
      : `activation ${activation}; fused are tanh and relu`;
  }
  if (activation !== 'tanh') return `activation ${activation}; fused is tanh`;
  return recurrentActivation === 'sigmoid'
    ? undefined
    : `recurrentActivation ${recurrentActivation}; fused is sigmoid`;
}

function cellOf({ cell, resetAfter }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  return cell === 'lstm' ? lstm : rnn;
}

function statesOf({ cell }: RecurrentSpec): number {
  return cell === 'lstm' ? 2 : 1;
}

/** The steps of the array [T, B, width] at `address`; 0 for one that there is not. */
function stepsOf({ batch }: RecurrentSpec, address: number, width: number): Steps {
  return (t) => address && address + t * batch * width * 4;
}
