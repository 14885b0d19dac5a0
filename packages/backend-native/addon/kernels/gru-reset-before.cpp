/*
 * The GRU with the reset gate before the recurrent product (Cho et al. 2014): r, z = σ(a), n = tanh(a), h' = (1 − z) ⊙ n + z ⊙ h.
 * T steps, B rows, I inputs, H units. The candidate's product needs r, so a step has two halves: the gates r and z, with
 * a = W x + b + U h, and the candidate n, with a = W x + b + U (r ⊙ h).
 * Keeps the gates r, z, n [T, B, 3H], the slots of h [T + 1, B, H], and r ⊙ h [T, B, H].
 */
#include "recurrent.h"

namespace recurra::RECURRA_SET {

constexpr Size GATES = 3;

/** r ⊙ h [B, H] at step t. */
RECURRA_INLINE float* resetOf(const Recurrent& layer, Size t) {
  return layer.keepsStates ? stepOf(layer, layer.extra, t, layer.units) : layer.extra;
}

/** `units` of step t: r and z overwrite their columns of a [B, 3H] without b; r ⊙ h [B, H]. */
static void gatesForward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size row = 0; row < layer.rows; row++) {
    float* reset = rowOf(resetOf(layer, t), row, H);
    if (!isWithinLength(layer, row, t)) {
      clearUnits(reset, units);
      continue;
    }
    const float* h = rowOf(before(layer, layer.h, i), row, H);
    float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H);
    for (Size j = units.begin; j < units.end; j += WIDTH) {
      const Size count = units.end - j;
      const Vec r = sigmoid(load(gates + j) + loadOrZero(layer.bias, j));
      const Vec z = sigmoid(load(gates + H + j) + loadOrZero(layer.bias, H + j));
      storeLanes(gates + j, r, count);
      storeLanes(gates + H + j, z, count);
      storeLanes(reset + j, r * load(h + j), count);
    }
  }
}

/** `units` of step t: n overwrites its columns of a [B, 3H] without b; then h' and y [B, H]. */
static void candidateForward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size row = 0; row < layer.rows; row++) {
    const float* h = rowOf(before(layer, layer.h, i), row, H);
    float* hNext = rowOf(after(layer, layer.h, i), row, H);
    float* y = rowOf(stepOf(layer, layer.y, t, H), row, H);
    if (!isWithinLength(layer, row, t)) {
      skipRow(layer, i, row, units);
      continue;
    }
    float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H);
    for (Size j = units.begin; j < units.end; j += WIDTH) {
      const Size count = units.end - j;
      const Vec z = load(gates + H + j);
      const Vec n = tanh(load(gates + 2 * H + j) + loadOrZero(layer.bias, 2 * H + j));
      const Vec output = (1.0f - z) * n + z * load(h + j);
      storeLanes(gates + 2 * H + j, n, count);
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
      multiplyGates(layer, h, 0, 2, GATES, units, a, width, true);
      gatesForward(layer, i, units);
    });
    const float* reset = factorOf(layer, thread, resetOf(layer, t));
    forEachBlock(layer, thread, i, [&](Units units) {
      multiplyGates(layer, reset, 2, 1, GATES, units, a + 2 * H, width, true);
      candidateForward(layer, i, units);
    });
  }
}

void gruResetBeforeForward(const Recurrent& layer, const Thread& thread) {
  projectInputs(layer, thread, GATES);
  runSteps(layer, thread, GATES, stepsForward);
}

/** `units` of step t: the columns of z and n in da [B, 3H], in the place of the gates; dh [B, H] = (dh + dy) ⊙ z. Adds them to db. */
static void candidateBackward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size j = units.begin; j < units.end; j += WIDTH) {
    const Size count = units.end - j;
    Vec sumZ = splat(0);
    Vec sumN = splat(0);
    for (Size row = 0; row < layer.rows; row++) {
      float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H) + j;
      if (!isWithinLength(layer, row, t)) {
        storeLanes(gates + H, splat(0), count);
        storeLanes(gates + 2 * H, splat(0), count);
        continue;
      }
      float* rowDh = rowOf(layer.dh, row, H);
      const Vec z = load(gates + H);
      const Vec n = load(gates + 2 * H);
      const Vec h = load(rowOf(before(layer, layer.h, i), row, H) + j);
      const Vec dh = outputGradient(rowDh, rowOf(stepOf(layer, layer.dy, t, H), row, H), j);
      const Vec daN = dh * (1.0f - z) * (1.0f - n * n);
      const Vec daZ = dh * (h - n) * (z * (1.0f - z));
      storeLanes(gates + H, daZ, count);
      storeLanes(gates + 2 * H, daN, count);
      storeLanes(rowDh + j, dh * z, count);
      sumZ += daZ;
      sumN += daN;
    }
    addToBias(layer.dBias, H + j, sumZ, count);
    addToBias(layer.dBias, 2 * H + j, sumN, count);
  }
}

/** `units` of step t: the columns of r in da [B, 3H], from dReset [B, H] = d(r ⊙ h); dh += dReset ⊙ r. Adds them to db. */
static void gatesBackward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size j = units.begin; j < units.end; j += WIDTH) {
    const Size count = units.end - j;
    Vec sum = splat(0);
    for (Size row = 0; row < layer.rows; row++) {
      float* gateR = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H) + j;
      if (!isWithinLength(layer, row, t)) {
        storeLanes(gateR, splat(0), count);
        continue;
      }
      float* rowDh = rowOf(layer.dh, row, H) + j;
      const Vec r = load(gateR);
      const Vec dReset = load(rowOf(layer.dReset, row, H) + j);
      const Vec daR = dReset * load(rowOf(before(layer, layer.h, i), row, H) + j) * (r * (1.0f - r));
      storeLanes(gateR, daR, count);
      storeLanes(rowDh, load(rowDh) + dReset * r, count);
      sum += daR;
    }
    addToBias(layer.dBias, j, sum, count);
  }
}

void gruResetBeforeBackward(const Recurrent& layer, const Thread& thread) {
  const Size H = layer.units;
  const Size width = GATES * H;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (Size i = layer.time - 1; i >= (layer.hasInitialState ? -1 : 0); i--) {
    forEachBlock(layer, thread, i, [&](Units units) {
      if (i < layer.time - 1) {
        const float* da = stepOf(layer, layer.gates, timeIndex(layer, i + 1), width);
        multiplyTransposedGates(layer, da, width, 0, 2 * H, GATES, units, layer.dh, true);
      }
      if (i >= 0) candidateBackward(layer, i, units);
    });
    if (i < 0) break;
    const float* dn = stepOf(layer, layer.gates, timeIndex(layer, i), width) + 2 * H;
    forEachBlock(layer, thread, i, [&](Units units) {
      multiplyTransposedGates(layer, dn, width, 2 * H, H, GATES, units, layer.dReset, false);
      gatesBackward(layer, i, units);
    });
  }
  recurrentKernelGradient(layer, thread, statesBefore(layer), layer.gates, width, 0, 2 * H, GATES);
  recurrentKernelGradient(layer, thread, layer.extra, layer.gates + 2 * H, width, 2 * H, H, GATES);
  kernelAndInputGradients(layer, thread, GATES);
}

}  // namespace recurra::RECURRA_SET
