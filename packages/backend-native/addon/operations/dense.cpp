/* A dense layer: y [rows, units] = activation(x [rows, inputs] · kernel [inputs, units] + bias [units]). */
#include "operations.h"

namespace recurra {

/** Elements, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 200'000;
/** The same in multiplications with int8 weights. */
constexpr Size MIN_INT8_WORK = 1'000'000;
/** The columns that a thread takes are a multiple of this, and so of the columns of a panel. */
constexpr Size INT8_COLUMNS = 32;

/** Calls pass(first element, rows) for the share of each thread in [rows, units]. */
template <typename F>
static void shareRows(Device& device, Size rows, Size units, F pass) {
  runOnThreads(device, rows * units >= MIN_WORK, [&](const Thread& thread) {
    const Share share = shareOf(thread, rows, 1);
    pass(share.begin * units, share.size());
  });
}

/** y = activation(y + bias); keeps the arguments, unless their array is null. */
static void activate(Device& device, const Activate& activation, Optional bias, float* arguments, float* y, Size rows, Size units) {
  if (!bias && !arguments && activation.activation == Activation::linear) return;
  shareRows(device, rows, units, [&](Size first, Size count) {
    device.kernels->activate(activation, bias.data, arguments ? arguments + first : nullptr, y + first, count, units);
  });
}

static bool followsFromArgument(Activation activation) { return activation >= Activation::softplus; }

/** Returns y; shared 0: the arguments of the activation, if the backward pass needs them. */
Handle denseForward(Device& device, Activation activation, float alpha, float beta, Tensor x, Tensor kernel, Optional bias, Size rows,
                    Size inputSize, Size units, bool training) {
  expectSize("x", x, times(rows, inputSize));
  expectSize("the kernel", kernel, times(inputSize, units));
  expectSizeIfAny("the bias", bias, units);
  NewArray y(device.memory, times(rows, units));
  std::optional<NewArray> arguments;
  if (training && followsFromArgument(activation)) arguments.emplace(device.memory, rows * units);
  multiply(device, {
                       .a = {x.data, inputSize, 1},
                       .b = {kernel.data, units, 1},
                       .c = y.data(),
                       .cRow = units,
                       .m = rows,
                       .n = units,
                       .k = inputSize,
                       .accumulate = false,
                   });
  activate(device, {activation, alpha, beta}, bias, arguments ? arguments->data() : nullptr, y.data(), rows, units);
  giveShared(device, 0, arguments);
  return y.give();
}

/** As denseForward, with an int8 kernel, and not for training. */
Handle denseInt8Forward(Device& device, Activation activation, float alpha, float beta, Tensor x, Handle kernel, Optional bias, Size rows,
                        Size inputSize, Size units) {
  expectSize("x", x, times(rows, inputSize));
  expectSizeIfAny("the bias", bias, units);
  const Int8Weights weights = device.int8Weights(kernel, "the kernel", inputSize, units);
  const Kernels& kernels = *device.kernels;
  const float* panels = device.memory.packed(kernel, {{weights.data, units, 1}, 1, 0, inputSize, units}, kernels);
  NewArray y(device.memory, times(rows, units));
  const Size rowSize = kernels.roundedRowSize(inputSize);
  Scratch rounded(device.memory.pool, times(rows, rowSize));
  const bool isWorthSharing = rows * inputSize * units >= MIN_INT8_WORK;
  runOnThreads(device, isWorthSharing, [&](const Thread& thread) {
    const Share share = shareOf(thread, rows, 1);
    kernels.roundRows(x.data + share.begin * inputSize, share.size(), inputSize, rounded + share.begin * rowSize);
  });
  runOnThreads(device, isWorthSharing, [&, to = y.data()](const Thread& thread) {
    const Share share = shareOf(thread, units, INT8_COLUMNS);
    kernels.multiplyInt8({
        .rounded = rounded,
        .panels = panels + kernels.int8PanelsSize(inputSize, share.begin),
        .scales = weights.scales + share.begin,
        .c = to + share.begin,
        .cRow = units,
        .m = rows,
        .n = share.size(),
        .k = inputSize,
        .accumulate = false,
    });
  });
  activate(device, {activation, alpha, beta}, bias, nullptr, y.data(), rows, units);
  return y.give();
}

/** Returns the gradient of the kernel; shared 0: that of the bias, if there is one; shared 1: that of x, if it is wanted. */
Handle denseBackward(Device& device, Activation activation, float alpha, float beta, Tensor x, Tensor kernel, Optional bias, Tensor y,
                     Optional arguments, Tensor dy, Size rows, Size inputSize, Size units, bool inputGradient) {
  expectSize("x", x, times(rows, inputSize));
  expectSize("the kernel", kernel, times(inputSize, units));
  expectSizeIfAny("the bias", bias, units);
  expectSize("y", y, times(rows, units));
  expectSize("the gradient of y", dy, rows * units);
  if (followsFromArgument(activation)) expectSize("the arguments of the activation", arguments, rows * units);
  NewArray dKernel(device.memory, kernel.size);
  std::optional<NewArray> dBias, dx;
  if (bias) dBias.emplace(device.memory, units);
  if (inputGradient) dx.emplace(device.memory, x.size);

  const bool isLinear = activation == Activation::linear;
  Scratch scratch(device.memory.pool, isLinear ? 0 : rows * units);
  const float* da = isLinear ? dy.data : scratch;
  if (!isLinear) {
    const float* from = followsFromArgument(activation) ? arguments.data : y.data;
    shareRows(device, rows, units, [&](Size first, Size count) {
      device.kernels->activationGradient({activation, alpha, beta}, from + first, dy.data + first, scratch + first, count, units);
    });
  }
  multiply(device, {
                       .a = {x.data, 1, inputSize},
                       .b = {da, units, 1},
                       .c = dKernel.data(),
                       .cRow = units,
                       .m = inputSize,
                       .n = units,
                       .k = rows,
                       .accumulate = false,
                   });
  if (dBias) device.kernels->sum(da, dBias->data(), 1, rows, units);
  if (dx)
    multiply(device, {
                         .a = {da, units, 1},
                         .b = {kernel.data, 1, units},
                         .c = dx->data(),
                         .cRow = inputSize,
                         .m = rows,
                         .n = inputSize,
                         .k = units,
                         .accumulate = false,
                     });
  giveShared(device, 0, dBias);
  giveShared(device, 1, dx);
  return dKernel.give();
}

}  // namespace recurra
