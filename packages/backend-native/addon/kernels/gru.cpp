/*
 * The GRU with the reset gate after the recurrent product, as in cuDNN: r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b'. T steps, B rows, I inputs, H units.
 * Keeps the gates r, z, n [T, B, 3H], the slots of h [T + 1, B, H], and the candidate's columns of u [T, B, H].
 */
#include "recurrent.h"

namespace recurra::RECURRA_SET {

constexpr Size GATES = 3;

/** The candidate's columns of u, or of their gradient, at step t. */
RECURRA_INLINE float* candidateOf(const Recurrent& layer, Size t) {
  return layer.keepsStates ? stepOf(layer, layer.extra, t, layer.units) : layer.extra;
}

/**
 * `units` of step t: h' and y [B, H], from a [B, 3H] without biases, to which u was added in the columns of r and z, and which the
 * gates r, z, n overwrite, and from the candidate's columns of u [B, H] without b', which is added.
 */
static void stepForward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  const float* bias = layer.bias;
  const float* recurrentBias = layer.recurrentBias;
  for (Size row = 0; row < layer.rows; row++) {
    const float* h = rowOf(before(layer, layer.h, i), row, H);
    float* hNext = rowOf(after(layer, layer.h, i), row, H);
    float* y = rowOf(stepOf(layer, layer.y, t, H), row, H);
    if (!isWithinLength(layer, row, t)) {
      skipRow(layer, i, row, units);
      continue;
    }
    float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H);
    float* candidate = rowOf(candidateOf(layer, t), row, H);
    for (Size j = units.begin; j < units.end; j += WIDTH) {
      const Size count = units.end - j;
      const Vec r = sigmoid(load(gates + j) + loadOrZero(bias, j) + loadOrZero(recurrentBias, j));
      const Vec z = sigmoid(load(gates + H + j) + loadOrZero(bias, H + j) + loadOrZero(recurrentBias, H + j));
      const Vec u = (hasState(layer, i) ? load(candidate + j) : splat(0)) + loadOrZero(recurrentBias, 2 * H + j);
      const Vec n = tanh(load(gates + 2 * H + j) + loadOrZero(bias, 2 * H + j) + r * u);
      const Vec output = (1.0f - z) * n + z * load(h + j);
      storeLanes(gates + j, r, count);
      storeLanes(gates + H + j, z, count);
      storeLanes(gates + 2 * H + j, n, count);
      storeLanes(candidate + j, u, count);
      storeOutput(hNext, y, j, output, count);
    }
  }
}

static void stepsForward(const Recurrent& layer, const Thread& thread) {
  const Size H = layer.units;
  const Size width = GATES * H;
  for (Size i = 0; i < layer.time; i++) {
    const Size t = timeIndex(layer, i);
    const float* h = factorOf(layer, thread, before(layer, layer.h, i));
    float* a = stepOf(layer, layer.gates, t, width);
    forEachBlock(layer, thread, i, [&](Units units) {
      if (hasState(layer, i)) {
        multiplyGates(layer, h, 0, 2, GATES, units, a, width, true);
        multiplyGates(layer, h, 2, 1, GATES, units, candidateOf(layer, t), H, false);
      }
      stepForward(layer, i, units);
    });
  }
}

void gruForward(const Recurrent& layer, const Thread& thread) {
  projectInputs(layer, thread, GATES);
  runSteps(layer, thread, GATES, stepsForward);
}

/**
 * `units` of step t: da [B, 3H] in the place of the gates, and the candidate's columns of du [B, H] in the place of u, from dh and dy
 * [B, H]. Leaves in dh the part that reaches h directly, through z ⊙ h, so that du · Uᵀ can be added to it. Adds da to db and du to db'.
 */
static void stepBackward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size j = units.begin; j < units.end; j += WIDTH) {
    const Size count = units.end - j;
    Vec sums[GATES + 1] = {};
    for (Size row = 0; row < layer.rows; row++) {
      float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H) + j;
      float* candidate = rowOf(candidateOf(layer, t), row, H) + j;
      if (!isWithinLength(layer, row, t)) {
        for (Size gate = 0; gate < GATES; gate++) storeLanes(gates + gate * H, splat(0), count);
        storeLanes(candidate, splat(0), count);
        continue;
      }
      float* rowDh = rowOf(layer.dh, row, H);
      const Vec r = load(gates);
      const Vec z = load(gates + H);
      const Vec n = load(gates + 2 * H);
      const Vec h = load(rowOf(before(layer, layer.h, i), row, H) + j);
      const Vec dh = outputGradient(rowDh, rowOf(stepOf(layer, layer.dy, t, H), row, H), j);
      const Vec daN = dh * (1.0f - z) * (1.0f - n * n);
      const Vec daZ = dh * (h - n) * (z * (1.0f - z));
      const Vec daR = daN * load(candidate) * (r * (1.0f - r));
      const Vec duN = daN * r;
      storeLanes(gates, daR, count);
      storeLanes(gates + H, daZ, count);
      storeLanes(gates + 2 * H, daN, count);
      storeLanes(candidate, duN, count);
      storeLanes(rowDh + j, dh * z, count);
      sums[0] += daR;
      sums[1] += daZ;
      sums[2] += daN;
      sums[3] += duN;
    }
    for (Size gate = 0; gate < GATES; gate++) {
      const Size at = gate * H + j;
      addToBias(layer.dBias, at, sums[gate], count);
      addToBias(layer.dRecurrentBias, at, sums[gate == 2 ? 3 : gate], count);
    }
  }
}

void gruBackward(const Recurrent& layer, const Thread& thread) {
  const Size H = layer.units;
  const Size width = GATES * H;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (Size i = layer.time - 1; i >= (layer.hasInitialState ? -1 : 0); i--) {
    forEachBlock(layer, thread, i, [&](Units units) {
      if (i < layer.time - 1) {
        const Size next = timeIndex(layer, i + 1);
        const float* da = stepOf(layer, layer.gates, next, width);
        multiplyTransposedGates(layer, da, width, 0, 2 * H, GATES, units, layer.dh, true);
        multiplyTransposedGates(layer, candidateOf(layer, next), H, 2 * H, H, GATES, units, layer.dh, true);
      }
      if (i >= 0) stepBackward(layer, i, units);
    });
  }
  recurrentKernelGradient(layer, thread, statesBefore(layer), layer.gates, width, 0, 2 * H, GATES);
  recurrentKernelGradient(layer, thread, statesBefore(layer), layer.extra, H, 2 * H, H, GATES);
  kernelAndInputGradients(layer, thread, GATES);
}

}  // namespace recurra::RECURRA_SET
