import type { CrossEntropyKernel } from '@recurra/core/backend';
import type { Arrays } from '../memory.js';
import { foldFunctions } from '../team.js';
import { binding, ELEMENT, elements, FUNCTIONS } from '../wgsl.js';

/**
 * Softmax cross-entropy. Saves the probabilities, as its gradient is their distance from the targets, and 1 / Σ w.
 */
export function crossEntropy({ create, free, dispatch, work }: Arrays): CrossEntropyKernel {
  return {
    declines: ({ rows }) => (rows === 0 ? 'no rows' : undefined),

    forward: ({ rows, classes, training }, { logits, targets, weights }) =>
      work(() => {
        const probabilities = create([rows, classes]);
        const losses = create([rows]);
        dispatch({
          program: { key: 'cross-entropy rows', code: () => ROWS },
          buffers: [logits, targets, weights, probabilities, losses],
          uniforms: { u32: [rows, classes] },
          workgroups: elements(rows),
        });
        const loss = create([1]);
        const share = create([1]);
        dispatch({
          program: { key: 'cross-entropy mean', code: () => MEAN },
          buffers: [losses, weights, loss, share],
          uniforms: { u32: [rows] },
          workgroups: [1],
        });
        free(losses);
        if (training) return { loss, saved: [probabilities, share] };
        free(probabilities);
        free(share);
        return { loss, saved: [] };
      }),

    backward: ({ rows, classes }, { targets, weights }, { saved: [probabilities, share] }, dLoss) =>
      work(() => {
        const dLogits = create([rows, classes]);
        dispatch({
          program: { key: 'cross-entropy gradient', code: () => GRADIENT },
          buffers: [probabilities, targets, weights, share, dLoss, dLogits],
          uniforms: { u32: [rows * classes, classes] },
          workgroups: elements(rows * classes),
        });
        return dLogits;
      }),
  };
}

const ROWS = `
struct Uniforms { count: u32, classes: u32 }
${binding(0, 'read', 'logits', 'array<f32>')}
${binding(1, 'read', 'targets', 'array<f32>')}
${binding(2, 'read', 'weights', 'array<f32>')}
${binding(3, 'read_write', 'probabilities', 'array<f32>')}
${binding(4, 'read_write', 'losses', 'array<f32>')}
${binding(5, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT}
  let first = i * uniforms.classes;
  let end = first + uniforms.classes;
  var largest = logits[first];
  for (var at = first + 1u; at < end; at++) { largest = larger(largest, logits[at]); }
  var sum = 0.0;
  for (var at = first; at < end; at++) {
    let power = exponential(logits[at] - largest);
    probabilities[at] = power;
    sum += power;
  }
  for (var at = first; at < end; at++) { probabilities[at] /= sum; }
  losses[i] = weights[i] * (logarithm(sum) - (logits[first + u32(targets[i])] - largest));
}
`;

/** One workgroup adds up all rows, always in the same order. */
const MEAN = `
struct Uniforms { count: u32 }
${binding(0, 'read', 'losses', 'array<f32>')}
${binding(1, 'read', 'weights', 'array<f32>')}
${binding(2, 'read_write', 'loss', 'array<f32>')}
${binding(3, 'read_write', 'share', 'array<f32>')}
${binding(4, 'uniform', 'uniforms', 'Uniforms')}
${foldFunctions(['sum'], 64)}

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var losing = 0.0;
  var weighing = 0.0;
  for (var i = lane; i < uniforms.count; i += 64u) {
    losing += losses[i];
    weighing += weights[i];
  }
  let total = sumOf(losing, lane);
  let weight = sumOf(weighing, lane);
  if (lane == 0u) {
    // Weights are not negative: where all are 0, so are the losses.
    share[0] = select(1.0, 1.0 / weight, weight > 0.0);
    loss[0] = total * share[0];
  }
}
`;

const GRADIENT = `
struct Uniforms { count: u32, classes: u32 }
${binding(0, 'read', 'probabilities', 'array<f32>')}
${binding(1, 'read', 'targets', 'array<f32>')}
${binding(2, 'read', 'weights', 'array<f32>')}
${binding(3, 'read', 'share', 'array<f32>')}
${binding(4, 'read', 'dLoss', 'array<f32>')}
${binding(5, 'read_write', 'dLogits', 'array<f32>')}
${binding(6, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT}
  let row = i / uniforms.classes;
  let target_ = select(0.0, 1.0, i % uniforms.classes == u32(targets[row]));
  dLogits[i] = (probabilities[i] - target_) * weights[row] * share[0] * dLoss[0];
}
`;
