/*
 * The simple recurrent layer: h' = activation(W x + b + U h), with tanh or relu. T steps, B rows, I inputs, H units.
 * Keeps the slots of h [T + 1, B, H].
 */
#include "recurrent.h"

namespace recurra::RECURRA_SET {

/** `units` of step t: h' and y [B, H], from a [B, H] without b. */
static void stepForward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size row = 0; row < layer.rows; row++) {
    float* hNext = rowOf(after(layer, layer.h, i), row, H);
    float* y = rowOf(stepOf(layer, layer.y, t, H), row, H);
    if (!isWithinLength(layer, row, t)) {
      skipRow(layer, i, row, units);
      continue;
    }
    const float* a = rowOf(stepOf(layer, layer.gates, t, H), row, H);
    for (Size j = units.begin; j < units.end; j += WIDTH) {
      const Vec x = load(a + j) + loadOrZero(layer.bias, j);
      const Vec output = layer.relu ? maximumOf(x, splat(0)) : tanh(x);
      storeOutput(hNext, y, j, output, units.end - j);
    }
  }
}

static void stepsForward(const Recurrent& layer, const Thread& thread) {
  const Size H = layer.units;
  for (Size i = 0; i < layer.time; i++) {
    const float* h = factorOf(layer, thread, before(layer, layer.h, i));
    float* a = stepOf(layer, layer.gates, timeIndex(layer, i), H);
    forEachBlock(layer, thread, i, [&](Units units) {
      if (hasState(layer, i)) multiplyGates(layer, h, 0, 1, 1, units, a, H, true);
      stepForward(layer, i, units);
    });
  }
}

void rnnForward(const Recurrent& layer, const Thread& thread) {
  projectInputs(layer, thread, 1);
  runSteps(layer, thread, 1, stepsForward);
}

/**
 * `units` of step t: da [B, H] in the place of a, from dh and dy [B, H]. Leaves dh 0, so that da · Uᵀ can be added to it, except in rows that
 * have ended. Adds da to db [H].
 */
static void stepBackward(const Recurrent& layer, Size i, Units units) {
  const Size t = timeIndex(layer, i);
  const Size H = layer.units;
  for (Size j = units.begin; j < units.end; j += WIDTH) {
    const Size count = units.end - j;
    Vec sum = splat(0);
    for (Size row = 0; row < layer.rows; row++) {
      float* to = rowOf(stepOf(layer, layer.gates, t, H), row, H) + j;
      if (!isWithinLength(layer, row, t)) {
        storeLanes(to, splat(0), count);
        continue;
      }
      float* rowDh = rowOf(layer.dh, row, H);
      const Vec output = load(rowOf(after(layer, layer.h, i), row, H) + j);
      const Vec slope = layer.relu ? (output > splat(0) ? splat(1) : splat(0)) : 1.0f - output * output;
      const Vec da = outputGradient(rowDh, rowOf(stepOf(layer, layer.dy, t, H), row, H), j) * slope;
      storeLanes(to, da, count);
      sum += da;
      storeLanes(rowDh + j, splat(0), count);
    }
    addToBias(layer.dBias, j, sum, count);
  }
}

void rnnBackward(const Recurrent& layer, const Thread& thread) {
  const Size H = layer.units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (Size i = layer.time - 1; i >= (layer.hasInitialState ? -1 : 0); i--) {
    forEachBlock(layer, thread, i, [&](Units units) {
      if (i < layer.time - 1) {
        const float* da = stepOf(layer, layer.gates, timeIndex(layer, i + 1), H);
        multiplyTransposedGates(layer, da, H, 0, H, 1, units, layer.dh, true);
      }
      if (i >= 0) stepBackward(layer, i, units);
    });
  }
  recurrentKernelGradient(layer, thread, statesBefore(layer), layer.gates, H, 0, H, 1);
  kernelAndInputGradients(layer, thread, 1);
}

}  // namespace recurra::RECURRA_SET
