/*
 * What the recurrent cells share. A pass runs a recurrent layer over a whole sequence:
 *   - Forward: x·W for all steps in one product; then for each step a product with U, and the cell.
 *   - Backward: for each step, from the last to the first, a product with Uᵀ, and the cell; then the gradients of the weights and
 *     of x, each in one product over all steps.
 * Each thread computes some units, of all gates. Within a step it takes them block by block, so that the cell finds the product in
 * the first cache.
 *
 * T steps, B rows, I inputs, H units, G gates. A row takes part in step t if t is less than its length. In later steps its state does
 * not change, its output and the gradients of its gates are zero, and the gradient of its state passes through unchanged.
 */
#pragma once
#include "math.h"
#include "panels.h"

namespace recurra::RECURRA_SET {

/** The units from `begin` to `end`. */
struct Units {
  Size begin;
  Size end;
};

RECURRA_INLINE void barrier(const Thread& thread) {
  if (thread.count > 1) thread.barrier(thread.pool);
}

/** The share of a thread in `n` columns or rows, in whole multiples of `unit`. */
RECURRA_INLINE Units shareOf(const Thread& thread, Size n, Size unit) {
  const Size blocks = (n + unit - 1) / unit;
  return {smaller(blocks * thread.index / thread.count * unit, n), smaller(blocks * (thread.index + 1) / thread.count * unit, n)};
}

/** The units of a thread. */
RECURRA_INLINE Units unitsOf(const Recurrent& layer, const Thread& thread) { return shareOf(thread, layer.units, PANEL); }

/** The units of a block: one panel; two if there is only one row, which are faster together; and all if U is read as it is. */
RECURRA_INLINE Size unitsOfBlock(const Recurrent& layer) {
  if (layer.rows > 1) return PANEL;
  return layer.recurrentPanels || layer.dRecurrentKernel ? 2 * PANEL : layer.units;
}

/**
 * Calls f(block) for the blocks of this thread's units, in step `i`.
 * Even steps take the blocks from the first to the last, and odd steps from the last to the first: then a step begins with those
 * weights that the step before has left in the second cache, if it cannot hold all of them. Then waits for the other threads, so that what
 * follows may read all units.
 */
template <typename F>
RECURRA_INLINE void forEachBlock(const Recurrent& layer, const Thread& thread, Size i, F f) {
  const Units units = unitsOf(layer, thread);
  const Size step = unitsOfBlock(layer);
  const Size blocks = (units.end - units.begin + step - 1) / step;
  for (Size block = 0; block < blocks; block++) {
    const Size begin = units.begin + (i & 1 ? blocks - 1 - block : block) * step;
    f(Units{begin, smaller(begin + step, units.end)});
  }
  barrier(thread);
}

/** If U has no more elements, the second cache of each thread holds all of it. */
constexpr Size MAX_BAND_WEIGHTS = 524'288;
/** The fewest rows of a band: the products of fewer rows are slower. */
constexpr Size MIN_BAND_ROWS = 8;

/**
 * Calls steps(layer, thread), which runs all steps of the forward pass after projectInputs. If there are enough rows, and U is small, each
 * thread runs the steps of a band of rows without ever waiting for the others; else all threads share each step by units.
 */
RECURRA_INLINE void runSteps(const Recurrent& layer, const Thread& thread, Size gates, RecurrentPass steps) {
  const Size H = layer.units;
  if (thread.count == 1 || layer.batch < MIN_BAND_ROWS * thread.count || gates * H * H > MAX_BAND_WEIGHTS) return steps(layer, thread);
  const Units rows = shareOf(thread, layer.batch, 1);
  Recurrent band = layer;
  band.rows = rows.end - rows.begin;
  if (band.lengths) band.lengths += rows.begin;
  if (band.y) band.y += rows.begin * H;
  band.h += rows.begin * H;
  if (band.c) band.c += rows.begin * H;
  band.gates += rows.begin * gates * H;
  if (band.extra) band.extra += rows.begin * H;
  if (band.rounded) band.rounded += thread.index * layer.roundedSize;
  // The band has all columns of x·W, which the threads shared.
  barrier(thread);
  steps(band, {0, 1, thread.barrier, thread.pool, thread.workspace});
}

/** The time index t of the step that is run after `i` others. */
RECURRA_INLINE Size timeIndex(const Recurrent& layer, Size i) { return layer.reverse ? layer.time - 1 - i : i; }

/** False if h before the step that is run after `i` others is 0. */
RECURRA_INLINE bool hasState(const Recurrent& layer, Size i) { return i > 0 || layer.hasInitialState; }

RECURRA_INLINE float* slot(const Recurrent& layer, float* states, Size index) {
  return states + (layer.keepsStates ? index : index & 1) * layer.batch * layer.units;
}

/** The state [B, H] before and after the step that is run after `i` others. */
RECURRA_INLINE float* before(const Recurrent& layer, float* states, Size i) {
  return slot(layer, states, layer.keepsStates && layer.reverse ? layer.time - i : i);
}
RECURRA_INLINE float* after(const Recurrent& layer, float* states, Size i) {
  return slot(layer, states, layer.keepsStates && layer.reverse ? layer.time - 1 - i : i + 1);
}

/** Step t of an array [T, B, width]; null if the array is absent. */
template <typename T>
RECURRA_INLINE T* stepOf(const Recurrent& layer, T* array, Size t, Size width) {
  return array ? array + t * layer.batch * width : nullptr;
}

template <typename T>
RECURRA_INLINE T* rowOf(T* array, Size row, Size width) {
  return array ? array + row * width : nullptr;
}

RECURRA_INLINE bool isWithinLength(const Recurrent& layer, Size row, Size t) {
  return !layer.lengths || static_cast<float>(t) < layer.lengths[row];
}

/** Four elements of an array, or zeros if it is absent. */
RECURRA_INLINE Vec loadOrZero(const float* array, Size i) { return array ? load(array + i) : splat(0); }

RECURRA_INLINE void clearUnits(float* x, Units units) {
  if (!x) return;
  for (Size j = units.begin; j < units.end; j++) x[j] = 0;
}

RECURRA_INLINE void copyUnits(const float* from, float* to, Units units) {
  for (Size j = units.begin; j < units.end; j++) to[j] = from[j];
}

/** For a row that does not take part in a step: h' = h, y = 0. */
RECURRA_INLINE void skipRow(const Recurrent& layer, Size i, Size row, Units units) {
  copyUnits(rowOf(before(layer, layer.h, i), row, layer.units), rowOf(after(layer, layer.h, i), row, layer.units), units);
  clearUnits(rowOf(stepOf(layer, layer.y, timeIndex(layer, i), layer.units), row, layer.units), units);
}

/** h' and y, unless y is absent. */
RECURRA_INLINE void storeOutput(float* hNext, float* y, Size j, Vec output, Size count) {
  storeLanes(hNext + j, output, count);
  if (y) storeLanes(y + j, output, count);
}

/** db += sum, unless db is absent. */
RECURRA_INLINE void addToBias(float* dBias, Size j, Vec sum, Size count) {
  if (dBias) storeLanes(dBias + j, load(dBias + j) + sum, count);
}

/** gates [T, B, G·H] = x [T, B, I] · W, for the columns of this thread's units. */
void projectInputs(const Recurrent& layer, const Thread& thread, Size gates);

/** h [B, H] as multiplyGate takes it: rounded by this thread for int8 weights, else as it is. */
RECURRA_INLINE const float* factorOf(const Recurrent& layer, const Thread& thread, const float* h) {
  if (!layer.recurrentScales) return h;
  float* rounded = layer.rounded + thread.index * layer.roundedSize;
  roundRows(h, layer.rows, layer.units, rounded);
  return rounded;
}

/**
 * Columns `units` of `count` gates from number `first` on of c [B, cRow] = h [B, H] · U, or c + h · U, where h is a factorOf. U has G `gates`;
 * c starts at the first of them.
 */
void multiplyGates(const Recurrent& layer, const float* h, Size first, Size count, Size gates, Units units, float* c, Size cRow,
                   bool accumulate);

/**
 * Columns `units` of dh [B, H] += da [B, k] · Uᵀ, or dh = da · Uᵀ, with the rows `first` to `first + k` of Uᵀ [G·H, H]; the rows of da are
 * `daRow` apart.
 */
void multiplyTransposedGates(const Recurrent& layer, const float* da, Size daRow, Size first, Size k, Size gates, Units units,
                             float* dh, bool accumulate);

/** `columns` columns of dU [H, G·H] from `column` on = factorᵀ · du over all steps; factor [T, B, H], and the rows of du are `duRow` apart. */
void recurrentKernelGradient(const Recurrent& layer, const Thread& thread, const float* factor, const float* du, Size duRow,
                             Size column, Size columns, Size gates);

/** dW and dx from da [T, B, G·H]. */
void kernelAndInputGradients(const Recurrent& layer, const Thread& thread, Size gates);

/** h before each step, [T, B, H], in the order of time. */
RECURRA_INLINE const float* statesBefore(const Recurrent& layer) {
  return layer.h + (layer.reverse ? layer.batch * layer.units : 0);
}

/** The gradient of this step's output: dh, which comes from the next step, plus dy unless it is absent. */
RECURRA_INLINE Vec outputGradient(const float* dh, const float* dy, Size j) {
  const Vec carried = load(dh + j);
  return dy ? carried + load(dy + j) : carried;
}

}  // namespace recurra::RECURRA_SET
