/*
 * A recurrent layer over a whole sequence. The arguments are the shared numbers that Field names, in the order of src/codes.ts; so are the
 * results. A handle of 0 stands for no tensor.
 */
#include <optional>
#include "operations.h"

namespace recurra {

enum Field {
  CELL,
  TIME,
  BATCH,
  INPUT_SIZE,
  UNITS,
  REVERSE,
  RELU,
  SEQUENCE,
  TRAINING,
  X,
  KERNEL,
  RECURRENT_KERNEL,
  BIAS,
  RECURRENT_BIAS,
  LENGTHS,
  INITIAL_H,
  INITIAL_C,
  SAVED,
  Y,
  H,
  C,
  D_Y,
  D_H,
  D_C,
  D_X,
  D_KERNEL,
  D_RECURRENT_KERNEL,
  D_BIAS,
  D_RECURRENT_BIAS,
  INT8,
};

/** Multiplications in a step, below which the threads would wait for each other longer than they compute. */
constexpr Size MIN_STEP_WORK = 100'000;
/** Multiplications in a pass, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 2'000'000;
/** If fewer rows are multiplied with weights, these are not packed: that would take longer. */
constexpr Size MIN_ROWS_TO_PACK = 4;
/** The same for the steps of one row with the recurrent weights: packing takes as long as several of their products. */
constexpr Size MIN_STEPS_TO_PACK = 16;

/** The call's arguments, checked. */
struct Call {
  Device& device;
  Cell cell;
  Size time;
  Size batch;
  Size inputSize;
  Size units;
  Size width;

  explicit Call(Device& device)
      : device(device), time(number(TIME)), batch(number(BATCH)), inputSize(number(INPUT_SIZE)), units(number(UNITS)) {
    const Size code = number(CELL);
    if (code >= static_cast<Size>(Cell::count)) fail(FailureKind::data, "unknown cell " + std::to_string(code));
    cell = static_cast<Cell>(code);
    width = times(cell == Cell::rnn ? 1 : cell == Cell::lstm ? 4 : 3, units);
  }

  Size number(Field field) const { return toSize(device.shared[field]); }

  /** The tensor of a field, which must have `size` elements; one without data if the handle is 0. */
  Tensor optional(Field field, const char* what, Size size) const {
    const double handle = device.shared[field];
    if (handle == 0) return {0, nullptr, 0};
    const Tensor x = device.tensor(static_cast<Handle>(number(field)));
    expectSize(what, x, size);
    return x;
  }

  Tensor required(Field field, const char* what, Size size) const {
    const Tensor x = optional(field, what, size);
    if (x.handle == 0) fail(FailureKind::data, std::string(what) + " is missing");
    return x;
  }

  bool isInt8() const { return number(INT8) != 0; }
  Int8Weights int8Weights(Field field, const char* what, Size rows) const {
    return device.int8Weights(static_cast<Handle>(number(field)), what, rows, width);
  }

  bool isLstm() const { return cell == Cell::lstm; }
  bool isGru() const { return cell == Cell::gru || cell == Cell::gruResetBefore; }
  Size stateSize() const { return times(batch, units); }
  Size rows() const { return times(time, batch); }

  /** True if the pass is faster on several threads. */
  bool isWorthSharing() const {
    return batch * width * units >= MIN_STEP_WORK && rows() * width * (inputSize + units) >= MIN_WORK;
  }

  /** What both passes read of the inputs. */
  Recurrent layer() const {
    Recurrent layer = {};
    layer.time = time;
    layer.batch = batch;
    layer.inputSize = inputSize;
    layer.units = units;
    layer.reverse = number(REVERSE) != 0;
    layer.relu = number(RELU) != 0;
    layer.keepsStates = number(TRAINING) != 0;
    layer.hasInitialState = number(INITIAL_H) != 0;
    layer.x = required(X, "x", times(rows(), inputSize)).data;
    layer.lengths = optional(LENGTHS, "lengths", batch).data;
    if (isInt8()) {
      layer.kernelScales = int8Weights(KERNEL, "the kernel", inputSize).scales;
      layer.recurrentScales = int8Weights(RECURRENT_KERNEL, "the recurrent kernel", units).scales;
    } else {
      layer.kernel = required(KERNEL, "the kernel", times(inputSize, width)).data;
      layer.recurrentKernel = required(RECURRENT_KERNEL, "the recurrent kernel", times(units, width)).data;
    }
    layer.bias = optional(BIAS, "the bias", width).data;
    layer.recurrentBias = optional(RECURRENT_BIAS, "the recurrent bias", width).data;
    return layer;
  }

  /** The panels of the gates of W [k, G·H] or U. */
  const float* panelsOf(Field field, Size k) const {
    const Handle handle = static_cast<Handle>(number(field));
    const Panels panels = {{device.memory.get(handle).data, width, 1}, units == 0 ? 0 : width / units, units, k, units};
    return device.memory.packed(handle, panels, *device.kernels);
  }

  const float* transposedPanels() const {
    const Tensor weights = device.tensor(static_cast<Handle>(number(RECURRENT_KERNEL)));
    return device.memory.packed(weights.handle, {{weights.data, 1, width}, 1, 0, width, units}, *device.kernels);
  }
};

/** The arrays that a training's forward pass keeps for the backward pass, one after another in one tensor. */
struct Saved {
  Size states;
  Size gates;
  Size extra;
  Size cells;

  explicit Saved(const Call& call)
      : states(times(call.time + 1, call.stateSize())),
        gates(times(call.rows(), call.width)),
        extra(call.isGru() ? times(call.rows(), call.units) : 0),
        cells(call.isLstm() ? states : 0) {}

  Size size() const { return states + gates + extra + cells; }

  void assign(Recurrent& layer, float* data) const {
    layer.h = data;
    layer.gates = data + states;
    layer.extra = layer.gates + gates;
    layer.c = layer.extra + extra;
  }
};

/** to = from, or zeros if it is absent. */
static void initialize(const Tensor& from, float* to, Size size) {
  if (from.data) __builtin_memcpy(to, from.data, size * sizeof(float));
  else __builtin_memset(to, 0, size * sizeof(float));
}

void recurrentForward(Device& device) {
  const Call call(device);
  Recurrent layer = call.layer();
  const Size size = call.stateSize();
  const Tensor h0 = call.optional(INITIAL_H, "the initial state", size);
  const Tensor c0 = call.optional(INITIAL_C, "the initial cell state", size);
  if (call.isInt8() || call.rows() >= MIN_ROWS_TO_PACK) layer.kernelPanels = call.panelsOf(KERNEL, call.inputSize);
  if (call.isInt8() || call.batch > 1 || call.time >= MIN_STEPS_TO_PACK)
    layer.recurrentPanels = call.panelsOf(RECURRENT_KERNEL, call.units);

  std::optional<NewArray> y, saved, c;
  std::optional<Scratch> scratch;
  if (call.number(SEQUENCE)) layer.y = y.emplace(device.memory, times(call.rows(), call.units)).data();
  NewArray h(device.memory, size);
  if (call.isLstm()) c.emplace(device.memory, size);
  const Saved arrays(call);
  if (layer.keepsStates) {
    arrays.assign(layer, saved.emplace(device.memory, arrays.size()).data());
  } else {
    layer.gates = scratch.emplace(device.memory.pool, arrays.gates + 5 * size);
    layer.h = layer.gates + arrays.gates;
    layer.c = layer.h + 2 * size;
    layer.extra = layer.c + 2 * size;
  }
  std::optional<Scratch> rounded;
  if (call.isInt8()) {
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
  device.shared[Y] = y ? y->give() : 0;
  device.shared[H] = h.give();
  device.shared[C] = c ? c->give() : 0;
  device.shared[SAVED] = saved ? saved->give() : 0;
}

void recurrentBackward(Device& device) {
  const Call call(device);
  if (call.isInt8()) fail(FailureKind::data, "int8 weights have no gradients");
  Recurrent layer = call.layer();
  const Size size = call.stateSize();
  const Saved arrays(call);
  arrays.assign(layer, call.required(SAVED, "what the forward pass saved", arrays.size()).data);
  layer.keepsStates = true;
  layer.dy = call.optional(D_Y, "the gradient of y", times(call.rows(), call.units)).data;
  const Tensor dhLast = call.optional(D_H, "the gradient of the state", size);
  const Tensor dcLast = call.optional(D_C, "the gradient of the cell state", size);
  if (call.batch > 1) layer.recurrentPanels = call.transposedPanels();

  NewArray dh(device.memory, size);
  NewArray dc(device.memory, call.isLstm() ? size : 0);
  NewArray dKernel(device.memory, times(call.inputSize, call.width));
  NewArray dRecurrentKernel(device.memory, times(call.units, call.width));
  std::optional<NewArray> dx, dBias, dRecurrentBias;
  Scratch dReset(device.memory.pool, size);
  if (call.number(D_X)) layer.dx = dx.emplace(device.memory, times(call.rows(), call.inputSize)).data();
  if (layer.bias) layer.dBias = dBias.emplace(device.memory, call.width).data();
  if (layer.recurrentBias) layer.dRecurrentBias = dRecurrentBias.emplace(device.memory, call.width).data();
  layer.dh = dh.data();
  layer.dc = dc.data();
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
  device.shared[D_X] = dx ? dx->give() : 0;
  device.shared[D_KERNEL] = dKernel.give();
  device.shared[D_RECURRENT_KERNEL] = dRecurrentKernel.give();
  device.shared[D_BIAS] = dBias ? dBias->give() : 0;
  device.shared[D_RECURRENT_BIAS] = dRecurrentBias ? dRecurrentBias->give() : 0;
  device.shared[D_H] = layer.hasInitialState ? dh.give() : 0;
  device.shared[D_C] = layer.hasInitialState && call.isLstm() ? dc.give() : 0;
}

}  // namespace recurra
