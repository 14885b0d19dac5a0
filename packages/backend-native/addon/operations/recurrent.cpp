/* A recurrent layer over a whole sequence. */
#include <algorithm>
#include "recurrent-call.h"

namespace recurra {

/** If fewer rows are multiplied with weights, these are not packed: that would take longer. */
constexpr Size MIN_ROWS_TO_PACK = 4;
/** The same for the steps of one row, which are multiplied with the recurrent weights one after another. */
constexpr Size MIN_STEPS_TO_PACK = 16;
/** Recurrent weights of this size are packed for fewer steps too, unless an optimizer is about to change them: a stream uses them often. */
constexpr Size MIN_WEIGHTS_TO_PACK = 32'768;

/** to = from, or zeros if it is absent. */
static void initialize(const Tensor& from, float* to, Size size) {
  if (from.data) __builtin_memcpy(to, from.data, size * sizeof(float));
  else __builtin_memset(to, 0, size * sizeof(float));
}

/** Returns y if it is wanted, the final state h and c, and in training what is saved. */
void recurrentForward(Device& device) {
  const RecurrentCall call(device);
  Recurrent layer = call.layer();
  const Size size = call.stateSize();
  const Tensor h0 = device.optional(INITIAL_H, "the initial state", size);
  const Tensor c0 = device.optional(INITIAL_C, "the initial cell state", size);
  if (call.int8 || call.rows() >= MIN_ROWS_TO_PACK) layer.kernelPanels = call.panelsOf(KERNEL, call.inputSize);
  const bool isUsedOften = !layer.keepsStates && call.width * call.units >= MIN_WEIGHTS_TO_PACK;
  if (call.int8 || call.batch > 1 || call.time >= MIN_STEPS_TO_PACK || isUsedOften)
    layer.recurrentPanels = call.panelsOf(RECURRENT_KERNEL, call.units);

  std::optional<NewArray> y, saved, c;
  std::optional<Scratch> scratch;
  if (device.flag(SEQUENCE)) layer.y = y.emplace(device.memory, times(call.rows(), call.units)).data();
  NewArray h(device.memory, size);
  if (call.isLstm()) c.emplace(device.memory, size);
  const RecurrentSaved arrays(call);
  if (layer.keepsStates) {
    arrays.assign(layer, saved.emplace(device.memory, arrays.size()).data());
  } else {
    layer.gates = scratch.emplace(device.memory.pool, arrays.gates + 5 * size);
    layer.h = layer.gates + arrays.gates;
    layer.c = layer.h + 2 * size;
    layer.extra = layer.c + 2 * size;
  }
  std::optional<Scratch> rounded;
  if (call.int8) {
    layer.roundedSize = std::max(times(call.batch, device.kernels->roundedRowSize(call.units)),
                                 ROUNDED_ROWS * device.kernels->roundedRowSize(call.inputSize));
    layer.rounded = rounded.emplace(device.memory.pool, times(device.threads(), layer.roundedSize));
  }
  // As in kernels/recurrent.h: the slots before the first step and after the last one.
  const Size backwards = layer.keepsStates && layer.reverse;
  const Size first = backwards ? call.time * size : 0;
  const Size last = backwards ? 0 : (layer.keepsStates ? call.time : call.time & 1) * size;
  initialize(h0, layer.h + first, size);
  if (call.isLstm()) initialize(c0, layer.c + first, size);

  runOnThreads(device, call.isWorthSharing(), [&](const Thread& thread) {
    device.kernels->recurrentForward[static_cast<int>(call.cell)](layer, thread);
  });
  __builtin_memcpy(h.data(), layer.h + last, size * sizeof(float));
  if (c) __builtin_memcpy(c->data(), layer.c + last, size * sizeof(float));
  device.give(Y, y);
  device.give(H, h);
  device.give(C, c);
  device.give(SAVED, saved);
}

/**
 * Returns the gradients of the weights; dx, if it is wanted; and dh and dc, those of the initial state, if there is one; from dy, and dh and
 * dc, those of the final state.
 */
void recurrentBackward(Device& device) {
  const RecurrentCall call(device);
  if (call.int8) fail(FailureKind::data, "int8 weights have no gradients");
  Recurrent layer = call.layer();
  const Size size = call.stateSize();
  const RecurrentSaved arrays(call);
  arrays.assign(layer, device.tensor(SAVED, "what the forward pass saved", arrays.size()).data);
  layer.keepsStates = true;
  layer.dy = device.optional(D_Y, "the gradient of y", times(call.rows(), call.units)).data;
  const Tensor dhLast = device.optional(D_H, "the gradient of the state", size);
  const Tensor dcLast = device.optional(D_C, "the gradient of the cell state", size);
  if (call.batch > 1) layer.recurrentPanels = call.transposedPanels();

  std::optional<NewArray> dh(std::in_place, device.memory, size);
  std::optional<NewArray> dc(std::in_place, device.memory, call.isLstm() ? size : 0);
  NewArray dKernel(device.memory, times(call.inputSize, call.width));
  NewArray dRecurrentKernel(device.memory, times(call.units, call.width));
  std::optional<NewArray> dx, dBias, dRecurrentBias;
  Scratch dReset(device.memory.pool, size);
  if (device.flag(INPUT_GRADIENT)) layer.dx = dx.emplace(device.memory, times(call.rows(), call.inputSize)).data();
  if (layer.bias) layer.dBias = dBias.emplace(device.memory, call.width).data();
  if (layer.recurrentBias) layer.dRecurrentBias = dRecurrentBias.emplace(device.memory, call.width).data();
  layer.dh = dh->data();
  layer.dc = dc->data();
  layer.dKernel = dKernel.data();
  layer.dRecurrentKernel = dRecurrentKernel.data();
  layer.dReset = dReset;
  initialize(dhLast, layer.dh, size);
  if (call.isLstm()) initialize(dcLast, layer.dc, size);
  if (dBias) device.kernels->fill(layer.dBias, 0, call.width);
  if (dRecurrentBias) device.kernels->fill(layer.dRecurrentBias, 0, call.width);

  runOnThreads(device, call.isWorthSharing(), [&](const Thread& thread) {
    device.kernels->recurrentBackward[static_cast<int>(call.cell)](layer, thread);
  });
  if (!layer.hasInitialState) dh.reset();
  if (!layer.hasInitialState || !call.isLstm()) dc.reset();
  device.give(D_X, dx);
  device.give(D_KERNEL, dKernel);
  device.give(D_RECURRENT_KERNEL, dRecurrentKernel);
  device.give(D_BIAS, dBias);
  device.give(D_RECURRENT_BIAS, dRecurrentBias);
  device.give(D_H, dh);
  device.give(D_C, dc);
}

}  // namespace recurra
