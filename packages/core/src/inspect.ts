import type { Tensor } from './contract/tensor.js';
import { encodeInputs } from './data/inputs.js';
import type { NDArray } from './data/ndarray.js';
import { OptionError } from './errors.js';
import type { StepGates } from './layers/layer.js';
import type { Network } from './network.js';
import { checkOptions, oneOf, optional, show, wholeNumber } from './options.js';
import { type Input, rowsOf } from './predict.js';

export interface InspectOptions {
  /** The layer's index in the model: a recurrent one. */
  readonly layer: number;
  /** Of a `bidirectional` layer. Default 'forward'. */
  readonly direction?: 'forward' | 'backward';
}

/** What goes on inside a recurrent layer. Every array is [T, B, H], in the order of time, whichever way the layer reads. */
export interface Inspection {
  /** Valid steps of each row. Past them the values are of no meaning. */
  readonly lengths: readonly number[];
  /** The output, h. Of an LSTM with a projection it is [T, B, R]. */
  readonly output: NDArray;
  /**
   * By name, as in the equations of docs/semantics.md: i, f, g, o and the cell state c of an LSTM; r, z and n of a GRU; none
   * of a simple RNN; of a cell of one's own, what it tells. Where a mask leaves out steps, these and the output are of the
   * steps that are read, moved together to the beginning of each row.
   */
  readonly gates: Readonly<Record<string, NDArray>>;
}

/** See `Network.inspect`. */
export async function inspect(network: Network, x: Input, options: InspectOptions): Promise<Inspection> {
  const { model, backend } = network;
  const { layer, direction } = checkOptions('inspect', options, {
    layer: wholeNumber,
    direction: optional(oneOf('forward', 'backward')),
  });
  const isBidirectional = model.layers[layer]?.kind === 'bidirectional';
  if (direction && !isBidirectional)
    throw new OptionError(
      `inspect: direction is for a bidirectional layer, and layer ${layer} is ${show(model.layers[layer]?.kind)}`,
    );
  const name = isBidirectional ? `${layer}.${direction ?? 'forward'}` : `${layer}`;

  const rows = rowsOf(x);
  const input = encodeInputs(rows, model.input, {
    vocabulary: model.layers[0].vocabulary,
    time: model.input.kind === 'vector' ? undefined : (model.input.time ?? undefined),
  });
  const tape = network.tape();
  try {
    let seen: { readonly steps: readonly Tensor[]; readonly gates: StepGates } | undefined;
    network.forward(
      tape,
      { value: tape.constant(input.x, input.shape), lengths: input.lengths },
      {
        watchSteps(watched, steps, gates) {
          if (watched === name) seen = { steps, gates };
        },
      },
    );
    if (!seen) {
      const kinds = model.layers.map(({ kind }, index) => `${index} ${kind}`).join(', ');
      throw new OptionError(`inspect: layer ${layer} is not a recurrent layer; the layers are ${kinds}`);
    }
    const read = async (steps: readonly Tensor[]): Promise<NDArray> => {
      const [B, H] = steps[0].shape;
      const all = tape.concat(steps, 0);
      return { data: await backend.read(all), shape: [steps.length, B, H] };
    };
    const gates = Object.entries(seen.gates).map(async ([gate, steps]) => [gate, await read(steps)] as const);
    return {
      lengths: input.lengths ?? rows.map(() => input.shape[0]),
      output: await read(seen.steps),
      gates: Object.fromEntries(await Promise.all(gates)),
    };
  } finally {
    tape.dispose();
  }
}
