import type { CrossEntropyKernel } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { reductionFunctions, WORKGROUP } from '../row-reduction.js';
import { binding, ELEMENT_KERNEL_START, elementWorkgroups, FUNCTIONS } from '../wgsl.js';

/**
 * Softmax cross-entropy of logits [rows, classes] with targets and weights [rows]. Saves the probabilities [rows, classes] and
 * 1 / Σ weights [1], from which the gradient follows.
 */
export function crossEntropy(context: Context): CrossEntropyKernel {
  const { create, free, dispatch, scoped, compileAhead } = context;
  const kernel: CrossEntropyKernel = {
    declines: ({ rows }) => (rows === 0 ? 'no rows' : undefined),

    forward: ({ rows, classes, training }, { logits, targets, weights }) =>
      scoped(() => {
        const probabilities = create([rows, classes]);
        const losses = create([rows]);
        dispatch({
          program: { key: 'cross-entropy rows', code: () => ROWS },
          buffers: [logits, targets, weights, probabilities, losses],
          uniforms: { u32: [rows, classes] },
          workgroups: elementWorkgroups(rows),
        });
        const loss = create([1]);
        const inverseWeight = create([1]);
        dispatch({
          program: { key: 'cross-entropy mean', code: () => MEAN },
          buffers: [losses, weights, loss, inverseWeight],
          uniforms: { u32: [rows] },
          workgroups: [1],
        });
        free(losses);
        if (training) return { loss, saved: [probabilities, inverseWeight] };
        free(probabilities);
        free(inverseWeight);
        return { loss, saved: [] };
      }),

    backward: ({ rows, classes }, { targets, weights }, { saved: [probabilities, inverseWeight] }, dLoss) =>
      scoped(() => {
        const dLogits = create([rows, classes]);
        dispatch({
          program: { key: 'cross-entropy gradient', code: () => GRADIENT },
          buffers: [probabilities, targets, weights, inverseWeight, dLoss, dLogits],
          uniforms: { u32: [rows * classes, classes] },
          workgroups: elementWorkgroups(rows * classes),
        });
        return dLogits;
      }),

    prepare: (spec) =>
      compileAhead(() => {
        const { rows, classes } = spec;
        const inputs = {
          logits: create([rows, classes]),
          targets: create([rows]),
          weights: create([rows]),
        };
        const outputs = kernel.forward(spec, inputs);
        if (spec.training) kernel.backward(spec, inputs, outputs, create([1]));
      }),
  };
  return kernel;
}

/** The loss of each row, losses [rows], and its probabilities [rows, classes]. */
const ROWS = `
struct Uniforms { count: u32, classes: u32 }
${binding(0, 'read', 'logits', 'array<f32>')}
${binding(1, 'read', 'targets', 'array<f32>')}
${binding(2, 'read', 'weights', 'array<f32>')}
${binding(3, 'read_write', 'probabilities', 'array<f32>')}
${binding(4, 'read_write', 'losses', 'array<f32>')}
${binding(5, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT_KERNEL_START}
  let first = i * uniforms.classes;
  let end = first + uniforms.classes;
  var largest = logits[first];
  for (var index = first + 1u; index < end; index++) { largest = larger(largest, logits[index]); }
  var sum = 0.0;
  for (var index = first; index < end; index++) {
    let power = exponential(logits[index] - largest);
    probabilities[index] = power;
    sum += power;
  }
  for (var index = first; index < end; index++) { probabilities[index] /= sum; }
  losses[i] = weights[i] * (logarithm(sum) - (logits[first + u32(targets[i])] - largest));
}
`;

/** loss [1] and inverseWeight [1] from losses and weights [rows]. One workgroup sums all rows, in a fixed order. */
const MEAN = `
struct Uniforms { count: u32 }
${binding(0, 'read', 'losses', 'array<f32>')}
${binding(1, 'read', 'weights', 'array<f32>')}
${binding(2, 'read_write', 'loss', 'array<f32>')}
${binding(3, 'read_write', 'inverseWeight', 'array<f32>')}
${binding(4, 'uniform', 'uniforms', 'Uniforms')}
${reductionFunctions(['sum'], WORKGROUP)}

@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(local_invocation_index) lane: u32) {
  var ownLoss = 0.0;
  var ownWeight = 0.0;
  for (var i = lane; i < uniforms.count; i += ${WORKGROUP}u) {
    ownLoss += losses[i];
    ownWeight += weights[i];
  }
  let total = sumOfRow(ownLoss, lane);
  let weight = sumOfRow(ownWeight, lane);
  if (lane == 0u) {
    // Weights are not negative. If their sum is 0, all of them and all losses are 0.
    inverseWeight[0] = select(1.0, 1.0 / weight, weight > 0.0);
    loss[0] = total * inverseWeight[0];
  }
}
`;

/** dLogits [rows, classes] */
const GRADIENT = `
struct Uniforms { count: u32, classes: u32 }
${binding(0, 'read', 'probabilities', 'array<f32>')}
${binding(1, 'read', 'targets', 'array<f32>')}
${binding(2, 'read', 'weights', 'array<f32>')}
${binding(3, 'read', 'inverseWeight', 'array<f32>')}
${binding(4, 'read', 'dLoss', 'array<f32>')}
${binding(5, 'read_write', 'dLogits', 'array<f32>')}
${binding(6, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  let row = i / uniforms.classes;
  let target_ = select(0.0, 1.0, i % uniforms.classes == u32(targets[row]));
  dLogits[i] = (probabilities[i] - target_) * weights[row] * inverseWeight[0] * dLoss[0];
}
`;
