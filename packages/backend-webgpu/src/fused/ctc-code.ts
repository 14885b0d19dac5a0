import { type InvocationsPerRow, reductionFunctions, rowKernelStart } from '../row-reduction.js';
import { largestAndTotal } from '../softmax.js';
import { lines } from '../text.js';
import { binding, ELEMENT_KERNEL_START, FUNCTIONS } from '../wgsl.js';
import { SCALED_NUMBERS } from './scaled-numbers.js';

/* The states of a row with L labels are blank, label 1, blank, label 2, …, blank: 2 · L + 1 of them. */

const UNIFORMS =
  'struct Uniforms { count: u32, batch: u32, classes: u32, labels: u32, blank: u32, slots: u32 }';

const STATES = `
fn statesOf(row: u32) -> u32 { return 2u * u32(targetLengths[row]) + 1u; }

fn classOf(row: u32, state: u32) -> u32 {
  if (state % 2u == 0u) { return uniforms.blank; }
  return u32(targets[row * uniforms.labels + state / 2u]);
}

// The index of a row's first state at step t in an array [slots, B, 2 · L + 1].
fn statesAt(t: u32, row: u32) -> u32 {
  return (t % uniforms.slots * uniforms.batch + row) * (2u * uniforms.labels + 1u);
}
`;

/** The start of a kernel with one workgroup for each row of the batch: its states in rounds, step after step. */
const sweepStart = (invocations: number) => `
// True if a label may follow the label before it without a blank between them.
fn skipsBlank(row: u32, state: u32) -> bool {
  return state % 2u == 1u && state >= 3u && classOf(row, state) != classOf(row, state - 2u);
}

fn probability(t: u32, row: u32, state: u32) -> Scaled {
  let frame = t * uniforms.batch + row;
  return scaledExponential(logits[frame * uniforms.classes + classOf(row, state)] - normalizers[frame]);
}

@compute @workgroup_size(${invocations})
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let row = workgroup.x + workgroup.y * workgroups.x;
  if (row >= uniforms.batch) { return; }
  let length = u32(lengths[row]);
  let count = statesOf(row);`;

/** log Σ exp of each row of the logits, normalizers [rows] from logits [rows, length]. */
export const normalizerCode = (perRow: InvocationsPerRow) => `
struct Uniforms { rows: u32, length: u32, negativeInfinity: f32 }
${binding(0, 'read', 'logits', 'array<f32>')}
${binding(1, 'read_write', 'normalizers', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${reductionFunctions(['max', 'sum'], perRow)}
${rowKernelStart(perRow)}
  ${largestAndTotal('logits')}
  if (lane == 0u) { normalizers[row] = largest + logarithm(total); }
}
`;

/**
 * losses [B], and alphas [slots, B, 2 · L + 1]: the probability of the labels up to a state in the frames up to t. Step t is in
 * slot t modulo `slots`, which is T or 2.
 */
export const forwardCode = (invocations: number) =>
  lines(
    UNIFORMS,
    inputs,
    binding(5, 'read_write', 'alphas', 'array<vec2<f32>>'),
    binding(6, 'read_write', 'losses', 'array<f32>'),
    binding(7, 'uniform', 'uniforms', 'Uniforms'),
    FUNCTIONS,
    SCALED_NUMBERS,
    STATES,
    sweepStart(invocations),
    `
  for (var t = 0u; t < length; t++) {
    let now = statesAt(t, row);
    let before = statesAt(t + uniforms.slots - 1u, row);
    for (var s = lane; s < count; s += ${invocations}u) {
      var reached = ZERO;
      if (t > 0u) {
        var one = ZERO;
        var two = ZERO;
        if (s >= 1u) { one = alphas[before + s - 1u]; }
        if (skipsBlank(row, s)) { two = alphas[before + s - 2u]; }
        reached = sumOfThree(alphas[before + s], one, two);
      } else if (s < 2u) {
        reached = Scaled(1.0, 0.0);
      }
      alphas[now + s] = product(reached, probability(t, row, s));
    }
    storageBarrier();
  }
  if (lane == 0u) {
    losses[row] = 0.0;
    if (length > 0u) {
      let last = statesAt(length - 1u, row) + count - 1u;
      var label = ZERO;
      if (count > 1u) { label = alphas[last - 1u]; }
      let total = sumOfThree(alphas[last], label, ZERO);
      losses[row] = -(logarithm(total.x) + total.y * ${Math.LN2});
    }
  }
}`,
  );

const inputs = lines(
  binding(0, 'read', 'logits', 'array<f32>'),
  binding(1, 'read', 'normalizers', 'array<f32>'),
  binding(2, 'read', 'targets', 'array<f32>'),
  binding(3, 'read', 'lengths', 'array<f32>'),
  binding(4, 'read', 'targetLengths', 'array<f32>'),
);

/**
 * The probability of all labels with each state at each step, in place of alphas. ahead [2, B, 2 · L + 1] is the probability of the
 * frames from t on and the labels from a state on, for two steps.
 */
export const backwardCode = (invocations: number) =>
  lines(
    UNIFORMS,
    inputs,
    binding(5, 'read_write', 'alphas', 'array<vec2<f32>>'),
    binding(6, 'read_write', 'ahead', 'array<vec2<f32>>'),
    binding(7, 'uniform', 'uniforms', 'Uniforms'),
    FUNCTIONS,
    SCALED_NUMBERS,
    STATES,
    sweepStart(invocations),
    `
  let size = uniforms.batch * (2u * uniforms.labels + 1u);
  for (var k = 0u; k < length; k++) {
    let t = length - 1u - k;
    let now = statesAt(t, row);
    let inAhead = row * (2u * uniforms.labels + 1u);
    let next = inAhead + (k + 1u) % 2u * size;
    for (var s = lane; s < count; s += ${invocations}u) {
      var beta = ZERO;
      if (k > 0u) {
        var one = ZERO;
        var two = ZERO;
        if (s + 1u < count) { one = ahead[next + s + 1u]; }
        if (s + 2u < count && skipsBlank(row, s + 2u)) { two = ahead[next + s + 2u]; }
        beta = sumOfThree(ahead[next + s], one, two);
      } else if (s + 2u >= count) {
        beta = Scaled(1.0, 0.0);
      }
      alphas[now + s] = product(alphas[now + s], beta);
      ahead[inAhead + k % 2u * size + s] = product(beta, probability(t, row, s));
    }
    storageBarrier();
  }
}`,
  );

/** The gradient of Σ log Σ exp: dLogits [T, B, C], zero past a row's length. */
export const SOFTMAX_GRADIENT = lines(
  'struct Uniforms { count: u32, batch: u32, classes: u32 }',
  binding(0, 'read', 'logits', 'array<f32>'),
  binding(1, 'read', 'normalizers', 'array<f32>'),
  binding(2, 'read', 'lengths', 'array<f32>'),
  binding(3, 'read', 'dLosses', 'array<f32>'),
  binding(4, 'read_write', 'dLogits', 'array<f32>'),
  binding(5, 'uniform', 'uniforms', 'Uniforms'),
  FUNCTIONS,
  ELEMENT_KERNEL_START,
  `
  let frame = i / uniforms.classes;
  let row = frame % uniforms.batch;
  dLogits[i] = 0.0;
  if (frame / uniforms.batch < u32(lengths[row])) {
    dLogits[i] = dLosses[row] * exponential(logits[i] - normalizers[frame]);
  }
}`,
);

/**
 * Subtracts from dLogits [T, B, C] the share of each state in the probability of all labels, states [T, B, 2 · L + 1]. One
 * invocation for each frame, so that the sums have a fixed order.
 */
export const LABEL_GRADIENT = lines(
  UNIFORMS,
  binding(0, 'read', 'targets', 'array<f32>'),
  binding(1, 'read', 'lengths', 'array<f32>'),
  binding(2, 'read', 'targetLengths', 'array<f32>'),
  binding(3, 'read', 'states', 'array<vec2<f32>>'),
  binding(4, 'read', 'dLosses', 'array<f32>'),
  binding(5, 'read_write', 'dLogits', 'array<f32>'),
  binding(6, 'uniform', 'uniforms', 'Uniforms'),
  FUNCTIONS,
  SCALED_NUMBERS,
  STATES,
  ELEMENT_KERNEL_START,
  `
  let t = i / uniforms.batch;
  let row = i % uniforms.batch;
  if (t >= u32(lengths[row])) { return; }
  let first = statesAt(t, row);
  let count = statesOf(row);
  var largest = ZERO.y;
  for (var s = 0u; s < count; s++) { largest = max(largest, states[first + s].y); }
  var total = 0.0;
  var blank = 0.0;
  for (var s = 0u; s < count; s++) {
    let share = states[first + s].x * powerOfTwo(states[first + s].y - largest);
    total += share;
    if (s % 2u == 0u) { blank += share; }
  }
  let scale = dLosses[row] / total;
  let classes = i * uniforms.classes;
  dLogits[classes + uniforms.blank] -= scale * blank;
  for (var s = 1u; s < count; s += 2u) {
    let share = states[first + s].x * powerOfTwo(states[first + s].y - largest);
    dLogits[classes + classOf(row, s)] -= scale * share;
  }
}`,
);
