/* What minGru and minLstm share. */
import type { Parameter } from '../cells/cell.js';
import type { Coefficients } from '../cells/scan-cell.js';
import { type Activation, activation } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import { denseRows } from '../kernels/dense.js';
import { scan } from '../kernels/scan.js';
import { stepsWithin, unroll } from '../kernels/unroll.js';
import { checkOptions, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { type CellOptions, cellChecks } from './cell-options.js';
import type { LayerContext } from './layer.js';
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

/**
 * Creates a recurrent layer whose cell has no recurrent product. Its parameters are `kernel` [I, G·H] and `bias` [G·H].
 * @param gates G, the number of gates
 */
export function scanLayer<Kind extends string, Sequences extends boolean>(
  kind: Kind,
  options: ScanLayerOptions<Sequences>,
  gates: number,
  coefficients: Coefficients,
): RecurrentLayer<Kind, ResolvedScanLayerOptions, OutputOf<Sequences>> {
  const checked: ResolvedScanLayerOptions = checkOptions(kind, options, checks);
  const { units, bias } = checked;
  return recurrentLayer(kind, checked, (inputSize) => {
    const width = gates * units;
    const parameters: Record<string, Parameter> = {
      kernel: {
        shape: [inputSize, width],
        initial: checked.kernelInitializer,
        regularizer: checked.kernelRegularizer,
      },
      ...(bias && {
        bias: { shape: [width], initial: checked.biasInitializer, regularizer: checked.biasRegularizer },
      }),
    };
    return { parameters, stateSizes: [units], cell: scanCell(checked, coefficients) };
  });
}

/** The cell: all gates of all steps at once, then the scan; step by step only if the values of every step are requested. */
function scanCell(options: ResolvedScanLayerOptions, coefficients: Coefficients): SequenceCell {
  const { units, activation } = options;
  const project = (tape: Tape, rows: Tensor, { weights: { kernel, bias } }: LayerContext) =>
    denseRows(tape, { x: rows, kernel, bias }, 'linear');
  const split = (tape: Tape, gates: Tensor) =>
    tape.split(gates, new Array(gates.shape[1] / units).fill(units), 1);
  const start: SequenceCell['start'] = (tape, _, context) => ({
    project: (rows) => project(tape, rows, context),
    step(gates, [h], watch) {
      const { a, b } = coefficients(tape, split(tape, gates), activation, watch);
      return [tape.add(tape.mul(a, h), b)];
    },
  });
  return {
    start,
    run(tape, x, context, run) {
      const [T, B, I] = x.shape;
      const { lengths, reverse, watch } = run;
      const initialState = context.state?.[0];
      if (watch) {
        tape.logComposed('scan', 'the values of every step are requested');
        return unroll(tape, start(tape, x, context), x, [initialState ?? tape.fill([B, units], 0)], run);
      }
      // Past a row's length x may be anything, and 0 · ∞ would be NaN in the gradient of the gates.
      const read = lengths ? tape.select(stepsWithin(tape, lengths, T), x, tape.fill([1], 0)) : x;
      const gates = project(tape, tape.reshape(read, [T * B, I]), context);
      const { a, b } = coefficients(tape, split(tape, gates), activation);
      const steps = (rows: Tensor) => tape.reshape(rows, [T, B, units]);
      const { y, state } = scan(tape, { a: steps(a), b: steps(b), initialState, lengths }, { reverse });
      return { y, state: [state] };
    },
  };
}
