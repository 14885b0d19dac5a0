/* What minGru and minLstm share. */
import type { Parameter } from '../cells/cell.js';
import type { ScanCell } from '../cells/scan-cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { denseRows } from '../kernels/dense.js';
import { scan } from '../kernels/scan.js';
import { stepsWithin, unroll } from '../kernels/unroll.js';
import { checkOptions, optional } from '../options.js';
import { activate } from '../tape/activate.js';
import { type CellOptions, cellChecks } from './cell-options.js';
import {
  type OutputOf,
  type RecurrentLayer,
  recurrentLayer,
  type SequenceCell,
  sequenceChecks,
} from './recurrent.js';
import type { Resolved } from './trainable.js';

/** The options of {@link minGru} and {@link minLstm}. */
export interface ScanLayerOptions<Sequences extends boolean = boolean>
  extends Omit<
    CellOptions<Sequences>,
    'clip' | 'layerNorm' | 'recurrentDropout' | 'recurrentInitializer' | 'recurrentRegularizer'
  > {
  /** The activation of the candidate. Default 'linear'. */
  readonly activation?: Activation;
}

/** The options of {@link minGru} and {@link minLstm}, with the defaults filled in. */
export type ResolvedScanLayerOptions = Resolved<ScanLayerOptions>;

const { units, bias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer } = cellChecks;
const checks = {
  ...sequenceChecks,
  ...{ units, bias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer },
  activation: optional(activation, 'linear'),
};

/** Creates a recurrent layer whose cell has no recurrent product. Its parameters are `kernel` [I, G·H] and `bias` [G·H]. */
export function scanLayer<Kind extends string, Sequences extends boolean>(
  kind: Kind,
  options: ScanLayerOptions<Sequences>,
  cell: ScanCell,
): RecurrentLayer<Kind, ResolvedScanLayerOptions, OutputOf<Sequences>> {
  const checked: ResolvedScanLayerOptions = checkOptions(kind, options, checks);
  const { units, bias } = checked;
  const width = (cell.gates.length + 1) * units;
  return recurrentLayer(kind, checked, (inputSize) => {
    const parameters: Record<string, Parameter> = {
      kernel: {
        shape: [inputSize, width],
        initial: checked.kernelInitializer,
        regularizer: checked.kernelRegularizer,
        int8: 'columns',
      },
      ...(bias && {
        bias: { shape: [width], initial: checked.biasInitializer, regularizer: checked.biasRegularizer },
      }),
    };
    return { parameters, stateSizes: [units], cell: sequenceCell(checked, cell) };
  });
}

/** All gates of all steps at once, then the scan. One step, and steps whose values are requested, are computed step by step. */
function sequenceCell({ units, activation }: ResolvedScanLayerOptions, cell: ScanCell): SequenceCell {
  const activations = [...cell.gates, activation];
  const sizes = activations.map(() => units);
  const start: SequenceCell['start'] = (tape, _, { weights: { kernel, bias } }) => ({
    project: (rows) => denseRows(tape, { x: rows, kernel, bias }, 'linear'),
    step(product, [h], watch) {
      const gates = tape.split(product, sizes, 1).map((gate, k) => activate(tape, gate, activations[k]));
      const { a, b } = cell.coefficients(tape, gates, watch);
      return [tape.add(tape.mul(a, h), b)];
    },
  });
  return {
    start,
    run(tape, x, context, run) {
      const [T, B] = x.shape;
      const { lengths, reverse, watch } = run;
      const initialState = context.state?.[0];
      if (watch || T === 1) {
        tape.logComposed('scan', watch ? 'the values of every step are requested' : 'one step is not a scan');
        return unroll(tape, start(tape, x, context), x, [initialState ?? tape.fill([B, units], 0)], run);
      }
      // Past a row's length x may be anything, and 0 · ∞ would be NaN in the gradient of the gates.
      const read = lengths ? tape.select(stepsWithin(tape, lengths, T), x, tape.fill([1], 0)) : x;
      // For many rows it takes less time to split the weights than the products.
      const kernels = tape.split(context.weights.kernel, sizes, 1);
      const biases = context.weights.bias && tape.split(context.weights.bias, sizes, 0);
      const gates = kernels.map((kernel, k) =>
        denseRows(tape, { x: read, kernel, bias: biases?.[k] }, activations[k]),
      );
      const { y, state } = scan(
        tape,
        { ...cell.coefficients(tape, gates), initialState, lengths },
        { reverse },
      );
      return { y, state: [state] };
    },
  };
}
