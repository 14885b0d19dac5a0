import type { Tensor } from '@recurra/core';
import {
  activationKind,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentSpec,
  whyInt8Training,
  whyNotPlainCell,
} from '@recurra/core/backend';
import { RECURRENT_ARGS as ARGS, PANEL, PROJECTED_ROWS } from './abi.generated.js';
import { type Cell, cellOf } from './cells.js';
import type { Columns, Context } from './memory.js';
import { bandsOf, partOfOthers, type Work } from './sharing.js';
import { type Share, taskRunner } from './tasks.js';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * A recurrent layer over a whole sequence. Allocates the memory of a pass, writes its arguments, and runs it.
 * T steps, B rows, I inputs, H units, G gates.
 */
export function recurrent(context: Context, share: Share): RecurrentKernel {
  const { kernels, addressOf, addressOrZero, create, initialize, packedPanels, scoped } = context;
  const runTask = taskRunner(context, share, workOf);

  /**
   * Writes the arguments that forward and backward passes share, and returns the array for the others. To be called after
   * all memory has been allocated, because the array is invalid once memory grows.
   */
  const writeArgs = (spec: RecurrentSpec, { x, lengths }: RecurrentInputs, y: number, width: number) => {
    const args = context.taskArgs();
    args[ARGS.time] = spec.time;
    args[ARGS.batch] = spec.batch;
    args[ARGS.rows] = spec.batch;
    args[ARGS.bands] = bandsOf(spec.batch, spec.units * width, context.threads);
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
      ? (x: Tensor, columns: Columns) => addressOf(x) + columns.from * BYTES
      : packedPanels;

  /** The bytes of a thread's rounded rows, of x or of the state. */
  const roundedBytesOf = ({ time, batch, inputSize, units }: RecurrentSpec) =>
    Math.max(batch, Math.min(time * batch, PROJECTED_ROWS)) *
    kernels.roundedRowBytes(Math.max(inputSize, units));

  return {
    declines: (spec) => whyInt8Training(spec) ?? whyNotPlainCell(spec),

    forward: (spec, inputs) =>
      scoped((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, units, training } = spec;
        const width = cell.gates * units;
        const { kernel, recurrentKernel, bias, recurrentBias } = inputs.weights;

        const size = time * batch * units;
        const y = spec.sequence ? create([time, batch, units]) : undefined;
        const saved = training ? create([savedArrays(cell, spec), time, batch, units]) : undefined;
        const kept = saved && savedAddresses(cell, spec, addressOf(saved));
        const yAddress = y ? addressOf(y) : (kept?.y ?? scratch(size));
        const last = create([batch, units]);
        const state = cell.states > 1 ? [last, create([batch, units])] : [last];
        // The steps write h to two buffers in turn, such that the last step writes to the final state.
        const buffer = scratch(batch * units);
        const hEven = time % 2 === 0 ? addressOf(last) : buffer;
        const hOdd = time % 2 === 0 ? buffer : addressOf(last);
        initialize(inputs.initialState?.[0], hEven, batch * units);
        if (cell.states > 1) initialize(inputs.initialState?.[1], addressOf(state[1]), batch * units);
        const gates = kept?.gates ?? scratch(cell.gates * size);
        const cellScratch = scratch(batch * units * cell.scratch[0]);
        const first = cell.gatesInFirstProduct;
        const second = cell.gates - first;
        const columnsOf = kernelReader(spec, width);
        const w = columnsOf(kernel, gateColumns(units, 0, cell.gates));
        const u = columnsOf(recurrentKernel, gateColumns(units, 0, first));
        const candidate = second ? columnsOf(recurrentKernel, gateColumns(units, first, second)) : 0;

        const roundedBytes = spec.int8 ? roundedBytesOf(spec) : 0;
        const rounded = scratch((context.threads * roundedBytes) / BYTES);

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
        args[ARGS.savedH] = kept?.h ?? 0;
        args[ARGS.savedExtra] = kept?.extra ?? 0;
        args[ARGS.scratch] = cellScratch;
        runTask(cell.forward, spec);
        return { y, state, saved: saved ? [saved] : [] };
      }),

    backward: (spec, inputs, outputs, gradients) =>
      scoped((scratch) => {
        const cell = cellOf(spec);
        const kept = savedAddresses(cell, spec, addressOf(outputs.saved[0]));
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

        const args = writeArgs(spec, inputs, outputs.y ? addressOf(outputs.y) : (kept.y ?? 0), width);
        args[ARGS.kernel] = w;
        args[ARGS.recurrentKernel] = u;
        args[ARGS.candidateKernel] = candidate;
        args[ARGS.gates] = kept.gates ?? 0;
        args[ARGS.savedH] = kept.h;
        args[ARGS.savedExtra] = kept.extra ?? 0;
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
        runTask(cell.backward, spec);
        return { x: dx, weights: dWeights, initialState: dInitialState };
      }),
  };
}

/**
 * The most elements of W and U for which a pass over a single row reads them as they are. They fit the first cache then, and
 * packing them anew after each update of the weights would take a good part of a training step.
 */
const MAX_UNPACKED = 8192;

/** Whether a pass with gates of G·H = `width` columns reads W and U as they are. */
function readsUnpacked({ batch, inputSize, units, int8 }: RecurrentSpec, width: number): boolean {
  return !int8 && batch === 1 && (inputSize + units) * width <= MAX_UNPACKED;
}

/**
 * The work of a pass, forward or backward. The projection of the inputs is shared evenly; the steps by bands of rows, or
 * each by its panels. The backward pass has twice as much of both, and no more barriers.
 */
function workOf(spec: RecurrentSpec, threads: number): Work {
  const { time, batch, inputSize, units } = spec;
  const { gates, gatesInFirstProduct } = cellOf(spec);
  const perInput = time * batch * gates * units;
  const bands = bandsOf(batch, gates * units ** 2, threads);
  // Bands of rows, or units of each step; a single row is multiplied with two panels at a time.
  const items = bands > 1 ? bands : Math.ceil(units / (batch === 1 ? 2 * PANEL : PANEL));
  return {
    multiplications: perInput * (inputSize + units),
    shared: perInput * (inputSize * (1 - 1 / threads) + units * partOfOthers(items, threads)),
    barriers: bands > 1 ? 2 : 1 + time * (gatesInFirstProduct < gates ? 2 : 1),
  };
}

/** The number of arrays [T, B, H] that a forward pass saves in one tensor: h, an extra array, the gates, and y if it is no output. */
function savedArrays({ savesExtra, savesGates, gates, readsY }: Cell, { sequence }: RecurrentSpec): number {
  return 1 + Number(savesExtra) + (savesGates ? gates : 0) + Number(readsY && !sequence);
}

/** The addresses of these arrays in a tensor at `base`; undefined for those that are not saved. */
function savedAddresses(
  { savesExtra, savesGates, gates, readsY }: Cell,
  { time, batch, units, sequence }: RecurrentSpec,
  base: number,
): { h: number; extra?: number; gates?: number; y?: number } {
  const array = (index: number) => base + index * time * batch * units * BYTES;
  const afterExtra = savesExtra ? 2 : 1;
  return {
    h: base,
    extra: savesExtra ? array(1) : undefined,
    gates: savesGates ? array(afterExtra) : undefined,
    y: readsY && !sequence ? array(afterExtra + (savesGates ? gates : 0)) : undefined,
  };
}

/** The columns of `gates` gates from number `gate` on, each gate in separate panels. */
function gateColumns(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: gates, transposed: false };
}

/** The transpose of the columns of `gates` gates from number `gate` on. */
function transposedColumns(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: 1, transposed: true };
}
