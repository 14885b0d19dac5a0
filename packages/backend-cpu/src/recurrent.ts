import type { Tensor } from '@recurra/core';
import {
  activationKind,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentOutputs,
  type RecurrentSpec,
  whyInt8Training,
  whyNotPlainCell,
} from '@recurra/core/backend';
import { SCAN_ARGS as ARGS, PROJECTED_ROWS } from './abi.generated.js';
import { cellOf } from './cells.js';
import type { Columns, Context } from './memory.js';
import { type Share, scanRunner } from './scan-runner.js';

/**
 * A recurrent layer over a whole sequence. Allocates the memory of a scan, writes its arguments, and runs it.
 * T steps, B rows, I inputs, H units, G gates.
 */
export function recurrent(context: Context, share: Share): RecurrentKernel {
  const { kernels, addressOf, create, packedPanels, scoped } = context;
  const runScan = scanRunner(context, share);

  const addressOrZero = (x: Tensor | undefined) => (x ? addressOf(x) : 0);

  /**
   * Writes the arguments that forward and backward scans share, and returns the array for the others. To be called after
   * all memory has been allocated, because the array is invalid once memory grows.
   */
  const writeArgs = (spec: RecurrentSpec, { x, lengths }: RecurrentInputs, y: number, width: number) => {
    const args = context.scanArgs();
    args[ARGS.time] = spec.time;
    args[ARGS.batch] = spec.batch;
    args[ARGS.inputSize] = spec.inputSize;
    args[ARGS.units] = spec.units;
    args[ARGS.reverse] = Number(spec.reverse);
    args[ARGS.initialState] = Number(spec.initialState);
    args[ARGS.relu] = Number(activationKind(spec.activation) === 'relu');
    args[ARGS.kernelRowStride] = readsUnpacked(spec, width) ? width : 0;
    args[ARGS.lengths] = addressOrZero(lengths);
    args[ARGS.x] = addressOf(x);
    args[ARGS.y] = y;
    return args;
  };

  /** The address of columns of a kernel: as they are, or packed into panels. */
  const kernelReader = (spec: RecurrentSpec, width: number) =>
    readsUnpacked(spec, width)
      ? (x: Tensor, columns: Columns) => addressOf(x) + columns.from * Float32Array.BYTES_PER_ELEMENT
      : packedPanels;

  /** The bytes of a thread's rounded rows, of x or of the state. */
  const roundedBytesOf = ({ time, batch, inputSize, units }: RecurrentSpec) =>
    Math.max(batch, Math.min(time * batch, PROJECTED_ROWS)) *
    kernels.roundedRowBytes(Math.max(inputSize, units));

  /** Copies `x` to address `to`, or writes zeros if there is no `x`. */
  const initialize = (x: Tensor | undefined, to: number, size: number) => {
    if (x) kernels.copy(addressOf(x), 0, 0, 0, 1, to, 0, 0, 0, 1, 1, 1, 1, size);
    else kernels.fill(to, 0, size);
  };

  return {
    declines: (spec) => whyInt8Training(spec) ?? whyNotPlainCell(spec),

    forward: (spec, inputs) =>
      scoped((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, units, training } = spec;
        const width = cell.gates * units;
        const { kernel, recurrentKernel, bias, recurrentBias } = inputs.weights;

        const y = spec.sequence || training ? create([time, batch, units]) : undefined;
        const yAddress = y ? addressOf(y) : scratch(time * batch * units);
        const state: Tensor[] = [];
        for (let i = 0; i < cell.states; i++) state.push(create([batch, units]));
        // The steps write h to two buffers in turn, such that the last step writes to the final state.
        const buffers = [addressOf(state[0]), scratch(batch * units)];
        const [hEven, hOdd] = time % 2 === 0 ? buffers : buffers.reverse();
        initialize(inputs.initialState?.[0], hEven, batch * units);
        if (cell.states > 1) initialize(inputs.initialState?.[1], addressOf(state[1]), batch * units);
        const saved: Tensor[] = [];
        if (training) {
          saved.push(create([time, batch, units]));
          if (cell.savesExtra) saved.push(create([time, batch, units]));
          if (cell.savesGates) saved.push(create([time, batch, width]));
        }
        const gates =
          training && cell.savesGates ? addressOf(saved[saved.length - 1]) : scratch(time * batch * width);
        const cellScratch = scratch(batch * units * cell.scratch[0]);
        const first = cell.gatesInFirstProduct;
        const second = cell.gates - first;
        const columnsOf = kernelReader(spec, width);
        const w = columnsOf(kernel, gateColumns(units, 0, cell.gates));
        const u = columnsOf(recurrentKernel, gateColumns(units, 0, first));
        const candidate = second ? columnsOf(recurrentKernel, gateColumns(units, first, second)) : 0;

        const roundedBytes = spec.int8 ? roundedBytesOf(spec) : 0;
        const rounded = scratch((context.threads * roundedBytes) / Float32Array.BYTES_PER_ELEMENT);

        const args = writeArgs(spec, inputs, yAddress, width);
        args[ARGS.kernel] = w;
        args[ARGS.recurrentKernel] = u;
        args[ARGS.candidateKernel] = candidate;
        args[ARGS.kernelScales] = context.scalesOf(kernel);
        args[ARGS.recurrentScales] = context.scalesOf(recurrentKernel);
        args[ARGS.rounded] = rounded;
        args[ARGS.roundedBytes] = roundedBytes;
        args[ARGS.bias] = addressOrZero(bias);
        args[ARGS.recurrentBias] = addressOrZero(recurrentBias);
        args[ARGS.hEven] = hEven;
        args[ARGS.hOdd] = hOdd;
        args[ARGS.c] = addressOrZero(state[1]);
        args[ARGS.gates] = gates;
        args[ARGS.savedH] = addressOrZero(saved[0]);
        args[ARGS.savedExtra] = cell.savesExtra ? addressOrZero(saved[1]) : 0;
        args[ARGS.scratch] = cellScratch;
        runScan(cell.forward, spec, width);
        // The backward pass reads y, even if the caller does not request it.
        return y && !spec.sequence ? { state, saved: [...saved, y] } : { y, state, saved };
      }),

    backward: (spec, inputs, outputs, gradients) =>
      scoped((scratch) => {
        const { y, saved } = withY(outputs);
        const cell = cellOf(spec);
        const { time, batch, inputSize, units } = spec;
        const { weights, initialState } = inputs;
        const width = cell.gates * units;

        const dInitialState = initialState?.map(() => create([batch, units]));
        const dState = [0, 0];
        for (let i = 0; i < cell.states; i++) {
          dState[i] = dInitialState ? addressOf(dInitialState[i]) : scratch(batch * units);
          initialize(gradients.state[i], dState[i], batch * units);
        }
        const dx = spec.inputGradient ? create([time, batch, inputSize]) : undefined;
        const dWeights = {
          kernel: create([inputSize, width]),
          recurrentKernel: create([units, width]),
          bias: weights.bias && create([width]),
          recurrentBias: weights.recurrentBias && create([width]),
        };
        const da = scratch(time * batch * width);
        const du = cell.separateRecurrentGradient ? scratch(time * batch * width) : da;
        const cellScratch = scratch(batch * units * cell.scratch[1]);
        const first = cell.gatesInFirstProduct;
        const second = cell.gates - first;
        const { kernel, recurrentKernel } = weights;
        const w = dx ? packedPanels(kernel, transposedColumns(units, 0, cell.gates)) : 0;
        const columnsOf = kernelReader(spec, width);
        const u = columnsOf(recurrentKernel, transposedColumns(units, 0, first));
        const candidate = second ? columnsOf(recurrentKernel, transposedColumns(units, first, second)) : 0;

        const args = writeArgs(spec, inputs, addressOf(y), width);
        args[ARGS.kernel] = w;
        args[ARGS.recurrentKernel] = u;
        args[ARGS.candidateKernel] = candidate;
        args[ARGS.gates] = cell.savesGates ? addressOf(saved[saved.length - 1]) : 0;
        args[ARGS.savedH] = addressOf(saved[0]);
        args[ARGS.savedExtra] = cell.savesExtra ? addressOf(saved[1]) : 0;
        args[ARGS.scratch] = cellScratch;
        args[ARGS.dy] = addressOrZero(gradients.y);
        args[ARGS.dh] = dState[0];
        args[ARGS.dc] = dState[1];
        args[ARGS.da] = da;
        args[ARGS.du] = du;
        args[ARGS.dx] = addressOrZero(dx);
        args[ARGS.dKernel] = addressOf(dWeights.kernel);
        args[ARGS.dRecurrentKernel] = addressOf(dWeights.recurrentKernel);
        args[ARGS.dBias] = addressOrZero(dWeights.bias);
        args[ARGS.dRecurrentBias] = addressOrZero(dWeights.recurrentBias);
        args[ARGS.workspace] = context.workspace;
        runScan(cell.backward, spec, width);
        return { x: dx, weights: dWeights, initialState: dInitialState };
      }),
  };
}

/**
 * The most elements of W and U for which a scan over a single row reads them as they are. They fit the first cache then, and
 * packing them anew after each update of the weights would take a good part of a training step.
 */
const MAX_UNPACKED = 8192;

/** Whether a scan with gates of G·H = `width` columns reads W and U as they are. */
function readsUnpacked({ batch, inputSize, units, int8 }: RecurrentSpec, width: number): boolean {
  return !int8 && batch === 1 && (inputSize + units) * width <= MAX_UNPACKED;
}

/** What the backward pass reads: y is the last of the saved tensors where it is no output. */
function withY({ y, saved }: RecurrentOutputs): { y: Tensor; saved: readonly Tensor[] } {
  return y ? { y, saved } : { y: saved[saved.length - 1], saved: saved.slice(0, -1) };
}

/** The columns of `gates` gates from number `gate` on, each gate in separate panels. */
function gateColumns(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: gates, transposed: false };
}

/** The transpose of the columns of `gates` gates from number `gate` on. */
function transposedColumns(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: 1, transposed: true };
}
