#include "recurrent-call.h"

namespace recurra {

/** Multiplications in a step, below which the threads would wait for each other longer than they compute. */
constexpr Size MIN_STEP_WORK = 100'000;
/** Multiplications in a pass, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 2'000'000;

static Size gatesOf(Cell cell) {
  switch (cell) {
    case Cell::rnn: return 1;
    case Cell::lstm: return 4;
    default: return 3;
  }
}

RecurrentCall::RecurrentCall(Device& device)
    : device(device),
      cell(device.code<Cell>()),
      time(device.size(TIME)),
      batch(device.size(BATCH)),
      inputSize(device.size(INPUT_SIZE)),
      units(device.size(UNITS)),
      width(times(gatesOf(cell), units)),
      int8(device.flag(INT8)) {}

bool RecurrentCall::isWorthSharing() const {
  return batch * width * units >= MIN_STEP_WORK && rows() * width * (inputSize + units) >= MIN_WORK;
}

Recurrent RecurrentCall::layer() const {
  Recurrent layer = {};
  layer.time = time;
  layer.batch = batch;
  layer.rows = batch;
  layer.inputSize = inputSize;
  layer.units = units;
  layer.reverse = device.flag(REVERSE);
  layer.relu = device.flag(RELU);
  layer.keepsStates = device.flag(TRAINING);
  layer.hasInitialState = device.flag(INITIAL_H);
  layer.x = device.tensor(X, "x", times(rows(), inputSize)).data;
  layer.lengths = device.optional(LENGTHS, "lengths", batch).data;
  if (int8) {
    layer.kernelScales = device.int8Weights(KERNEL, "the kernel", inputSize, width).scales;
    layer.recurrentScales = device.int8Weights(RECURRENT_KERNEL, "the recurrent kernel", units, width).scales;
  } else {
    layer.kernel = device.tensor(KERNEL, "the kernel", times(inputSize, width)).data;
    layer.recurrentKernel = device.tensor(RECURRENT_KERNEL, "the recurrent kernel", times(units, width)).data;
  }
  layer.bias = device.optional(BIAS, "the bias", width).data;
  layer.recurrentBias = device.optional(RECURRENT_BIAS, "the recurrent bias", width).data;
  return layer;
}

const float* RecurrentCall::panelsOf(Field weights, Size k) const {
  const Handle handle = device.handle(weights);
  const Panels panels = {{device.memory.get(handle).data, width, 1}, units == 0 ? 0 : width / units, units, k, units};
  return device.memory.packed(handle, panels, *device.kernels);
}

const float* RecurrentCall::transposedPanels() const {
  const Tensor weights = device.tensor(RECURRENT_KERNEL);
  return device.memory.packed(weights.handle, {{weights.data, 1, width}, 1, 0, width, units}, *device.kernels);
}

}  // namespace recurra
