/*
 * The LSTM: i, f, o = σ(a), g = tanh(a), c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c'), where a = W x + b + U h
 * (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000). T steps, B rows, I inputs, H units.
 * Keeps the gates i, f, g, o [T, B, 4H], and the slots of h and c [T + 1, B, H].
 */
#include "recurrent.h"

namespace recurra::RECURRA_SET {

constexpr Size GATES = 4;

/** `units` of step t: h', c' and y [B, H], from a [B, 4H] without b, which the gates i, f, g, o overwrite. */
static void stepForward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  const float* bias = layer.bias;
  for (Size row = 0; row < layer.rows; row++) {
    const float* c = rowOf(before(layer, layer.c, i), row, H);
    float* cNext = rowOf(after(layer, layer.c, i), row, H);
    float* hNext = rowOf(after(layer, layer.h, i), row, H);
    float* y = rowOf(stepOf(layer, layer.y, t, H), row, H);
    if (!isWithinLength(layer, row, t)) {
      skipRow(layer, i, row, units);
      copyUnits(c, cNext, units);
      continue;
    }
    float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H);
    for (Size j = units.begin; j < units.end; j += WIDTH) {
      const Size count = units.end - j;
      const Vec inputGate = sigmoid(load(gates + j) + loadOrZero(bias, j));
      const Vec forgetGate = sigmoid(load(gates + H + j) + loadOrZero(bias, H + j));
      const Vec candidate = tanh(load(gates + 2 * H + j) + loadOrZero(bias, 2 * H + j));
      const Vec outputGate = sigmoid(load(gates + 3 * H + j) + loadOrZero(bias, 3 * H + j));
      const Vec cell = forgetGate * load(c + j) + inputGate * candidate;
      const Vec output = outputGate * tanh(cell);
      storeLanes(gates + j, inputGate, count);
      storeLanes(gates + H + j, forgetGate, count);
      storeLanes(gates + 2 * H + j, candidate, count);
      storeLanes(gates + 3 * H + j, outputGate, count);
      storeLanes(cNext + j, cell, count);
      storeOutput(hNext, y, j, output, count);
    }
  }
}

static void stepsForward(const Recurrent& layer, const Thread& thread) {
  const Size width = GATES * layer.units;
  for (Size i = 0; i < layer.time; i++) {
    const float* h = factorOf(layer, thread, before(layer, layer.h, i));
    float* a = stepOf(layer, layer.gates, timeIndex(layer, i), width);
    forEachBlock(layer, thread, i, [&](Units units) {
      if (hasState(layer, i)) multiplyGates(layer, h, 0, GATES, GATES, units, a, width, true);
      stepForward(layer, i, units);
    });
  }
}

void lstmForward(const Recurrent& layer, const Thread& thread) {
  projectInputs(layer, thread, GATES);
  runSteps(layer, thread, GATES, stepsForward);
}

/**
 * `units` of step t: da [B, 4H] in the place of the gates, and the previous step's dc [B, H], from dh, dc and dy [B, H]. Leaves dh 0, so
 * that da · Uᵀ can be added to it, except in rows that have ended. Adds da to db [4H].
 */
static void stepBackward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size j = units.begin; j < units.end; j += WIDTH) {
    const Size count = units.end - j;
    Vec sums[GATES] = {};
    for (Size row = 0; row < layer.rows; row++) {
      float* gates = rowOf(stepOf(layer, layer.gates, t, GATES * H), row, GATES * H) + j;
      if (!isWithinLength(layer, row, t)) {
        for (Size gate = 0; gate < GATES; gate++) storeLanes(gates + gate * H, splat(0), count);
        continue;
      }
      float* rowDh = rowOf(layer.dh, row, H);
      float* rowDc = rowOf(layer.dc, row, H);
      const Vec inputGate = load(gates);
      const Vec forgetGate = load(gates + H);
      const Vec candidate = load(gates + 2 * H);
      const Vec outputGate = load(gates + 3 * H);
      const Vec tanhC = tanh(load(rowOf(after(layer, layer.c, i), row, H) + j));
      const Vec dh = outputGradient(rowDh, rowOf(stepOf(layer, layer.dy, t, H), row, H), j);
      const Vec dc = load(rowDc + j) + dh * outputGate * (1.0f - tanhC * tanhC);
      const Vec da[GATES] = {
          dc * candidate * (inputGate * (1.0f - inputGate)),
          dc * load(rowOf(before(layer, layer.c, i), row, H) + j) * (forgetGate * (1.0f - forgetGate)),
          dc * inputGate * (1.0f - candidate * candidate),
          dh * tanhC * (outputGate * (1.0f - outputGate)),
      };
      for (Size gate = 0; gate < GATES; gate++) {
        storeLanes(gates + gate * H, da[gate], count);
        sums[gate] += da[gate];
      }
      storeLanes(rowDc + j, dc * forgetGate, count);
      storeLanes(rowDh + j, splat(0), count);
    }
    for (Size gate = 0; gate < GATES; gate++) addToBias(layer.dBias, gate * H + j, sums[gate], count);
  }
}

void lstmBackward(const Recurrent& layer, const Thread& thread) {
  const Size width = GATES * layer.units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (Size i = layer.time - 1; i >= (layer.hasInitialState ? -1 : 0); i--) {
    forEachBlock(layer, thread, i, [&](Units units) {
      if (i < layer.time - 1) {
        const float* da = stepOf(layer, layer.gates, timeIndex(layer, i + 1), width);
        multiplyTransposedGates(layer, da, width, 0, width, GATES, units, layer.dh, true);
      }
      if (i >= 0) stepBackward(layer, i, units);
    });
  }
  recurrentKernelGradient(layer, thread, statesBefore(layer), layer.gates, width, 0, width, GATES);
  kernelAndInputGradients(layer, thread, GATES);
}

}  // namespace recurra::RECURRA_SET
