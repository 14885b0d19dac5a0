import { type Activation, activate, activation } from '../activations.js';
import type { DenseInputs, DenseSpec } from '../contract/fused.js';
import { sizeOf, type Tensor } from '../contract/tensor.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { activated } from './activation.js';
import type { Layer } from './layer.js';
import { wantFeatures } from './shapes.js';

export interface DenseOptions {
  /** Width of the output. */
  readonly units: number;
  /** Default 'linear'. */
  readonly activation?: Activation;
  /** Default true. */
  readonly bias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer;
}

const checks = {
  units: positiveInteger,
  activation: optional(activation, 'linear'),
  bias: optional(boolean, true),
  kernelInitializer: optional(initializer, 'glorotUniform'),
  biasInitializer: optional(initializer, 'zeros'),
};

/**
 * y = activation(x · kernel + bias), of a vector or of each step of a sequence.
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function dense(options: DenseOptions): Layer {
  const checked = checkOptions('dense', options, checks);
  const { units } = checked;
  return {
    kind: 'dense',
    options: { ...options },
    build(input) {
      const { features } = wantFeatures('dense', input);
      return {
        outputShape: { ...wantFeatures('dense', input), features: units },
        parameters: {
          kernel: { shape: [features, units], initial: checked.kernelInitializer },
          ...(checked.bias && { bias: { shape: [units], initial: checked.biasInitializer } }),
        },
        apply(tape, { value, lengths, mask }, { weights: { kernel, bias } }) {
          const shape = [...value.shape.slice(0, -1), units];
          const x = tape.reshape(value, [sizeOf(value.shape.slice(0, -1)), features]);
          const rows = (activation: Activation) =>
            tape.reshape(product(tape, { x, kernel, bias }, activation), shape);
          const losable = checked.activation === 'softmax' || checked.activation === 'sigmoid';
          const output = losable
            ? activated(tape, { value: rows('linear'), lengths, mask }, checked.activation)
            : { value: rows(checked.activation), lengths, mask };
          return { outputs: [output] };
        },
      };
    },
  };
}

/** Rows [N, I] → [N, U]: fused, or composed where the backend declines. */
function product(tape: Tape, inputs: DenseInputs, activation: Activation): Tensor {
  const { x, kernel, bias } = inputs;
  const spec: DenseSpec = {
    rows: x.shape[0],
    inputSize: x.shape[1],
    units: kernel.shape[1],
    activation,
    bias: bias !== undefined,
    training: [x, kernel, bias].some((tensor) => tape.watches(tensor)),
    inputGradient: tape.watches(x),
  };
  const fused = tape.fused.dense;
  const reason = fused ? fused.declines(spec) : 'no fused kernel';
  if (fused && reason === undefined) {
    tape.ran.push({ kernel: 'dense', way: 'fused' });
    const outputs = fused.forward(spec, inputs);
    for (const saved of outputs.saved) tape.own(saved);
    tape.record([x, kernel, bias], [outputs.y], ([dy]) => {
      const found = fused.backward(spec, inputs, outputs, dy as Tensor);
      for (const gradient of Object.values(found)) if (gradient) tape.own(gradient);
      return [found.x, found.kernel, found.bias];
    });
    return outputs.y;
  }
  tape.ran.push({ kernel: 'dense', way: 'composed', reason });
  const linear = tape.matmul(x, kernel);
  return activate(tape, bias ? tape.add(linear, bias) : linear, activation);
}
