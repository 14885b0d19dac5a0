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
static void activate(Device& device, const Activate& activation, Tensor bias, float* arguments, float* y, Size rows, Size units) {
  if (!bias && !arguments && activation.activation == Activation::linear) return;
  shareRows(device, rows, units, [&](Size first, Size count) {
    device.kernels->activate(activation, bias.data, arguments ? arguments + first : nullptr, y + first, count, units);
  });
}

/** The arguments that both passes have. */
struct DenseArguments {
  Activate activation;
  Size rows;
  Size inputSize;
  Size units;
  Tensor x;
  Tensor bias;

  explicit DenseArguments(Device& device)
      : activation{device.code<Activation>(), device.single(ALPHA), device.single(BETA)},
        rows(device.size(ROWS)),
        inputSize(device.size(INPUT_SIZE)),
        units(device.size(UNITS)),
        x(device.tensor(X, "x", times(rows, inputSize))),
        bias(device.optional(BIAS, "the bias", units)) {}

  Tensor kernel(Device& device) const { return device.tensor(KERNEL, "the kernel", times(inputSize, units)); }

  bool isLinear() const { return activation.activation == Activation::linear; }
  /** Whether the derivative of the activation follows from its argument, not from its result. */
  bool savesArguments() const { return activation.activation >= Activation::softplus; }
};

/** y = x · kernel */
static void multiplyFloats(Device& device, const DenseArguments& in, float* y) {
  multiply(device, {
                       .a = {in.x.data, in.inputSize, 1},
                       .b = {in.kernel(device).data, in.units, 1},
                       .c = y,
                       .cRow = in.units,
                       .m = in.rows,
                       .n = in.units,
                       .k = in.inputSize,
                       .accumulate = false,
                   });
}

/** The same with an int8 kernel. */
static void multiplyInt8(Device& device, const DenseArguments& in, float* y) {
  const Size units = in.units;
  const Int8Weights weights = device.int8Weights(KERNEL, "the kernel", in.inputSize, units);
  const Kernels& kernels = *device.kernels;
  const float* panels = device.memory.packed(weights.handle, {{weights.data, units, 1}, 1, 0, in.inputSize, units}, kernels);
  const Size rowSize = kernels.roundedRowSize(in.inputSize);
  Scratch rounded(device.memory.pool, times(in.rows, rowSize));
  const bool isWorthSharing = in.rows * in.inputSize * units >= MIN_INT8_WORK;
  runOnThreads(device, isWorthSharing, [&](const Thread& thread) {
    const Share share = shareOf(thread, in.rows, 1);
    kernels.roundRows(in.x.data + share.begin * in.inputSize, share.size(), in.inputSize, rounded + share.begin * rowSize);
  });
  runOnThreads(device, isWorthSharing, [&](const Thread& thread) {
    const Share share = shareOf(thread, units, INT8_COLUMNS);
    kernels.multiplyInt8({
        .rounded = rounded,
        .panels = panels + kernels.int8PanelsSize(in.inputSize, share.begin),
        .scales = weights.scales + share.begin,
        .c = y + share.begin,
        .cRow = units,
        .m = in.rows,
        .n = share.size(),
        .k = in.inputSize,
        .accumulate = false,
    });
  });
}

/** Returns y; and in training, as what is saved, the arguments of an activation whose derivative follows from them. */
void denseForward(Device& device) {
  const DenseArguments in(device);
  NewArray y(device.memory, times(in.rows, in.units));
  std::optional<NewArray> arguments;
  if (device.flag(TRAINING) && in.savesArguments()) arguments.emplace(device.memory, in.rows * in.units);
  if (device.flag(INT8)) multiplyInt8(device, in, y.data());
  else multiplyFloats(device, in, y.data());
  activate(device, in.activation, in.bias, arguments ? arguments->data() : nullptr, y.data(), in.rows, in.units);
  device.give(SAVED, arguments);
  device.give(Y, y);
}

/** Returns the gradients of the kernel, of the bias if there is one, and of x if it is wanted, from dy, y and what was saved. */
void denseBackward(Device& device) {
  const DenseArguments in(device);
  const Size rows = in.rows;
  const Size inputSize = in.inputSize;
  const Size units = in.units;
  const Tensor kernel = in.kernel(device);
  const Tensor y = device.tensor(Y, "y", times(rows, units));
  const Tensor dy = device.tensor(D_Y, "the gradient of y", rows * units);
  const Tensor from = in.savesArguments() ? device.tensor(SAVED, "the arguments of the activation", rows * units) : y;
  NewArray dKernel(device.memory, kernel.size);
  std::optional<NewArray> dBias, dx;
  if (in.bias) dBias.emplace(device.memory, units);
  if (device.flag(INPUT_GRADIENT)) dx.emplace(device.memory, in.x.size);

  Scratch scratch(device.memory.pool, in.isLinear() ? 0 : rows * units);
  const float* da = in.isLinear() ? dy.data : scratch;
  if (!in.isLinear()) {
    shareRows(device, rows, units, [&](Size first, Size count) {
      device.kernels->activationGradient(in.activation, from.data + first, dy.data + first, scratch + first, count, units);
    });
  }
  multiply(device, {
                       .a = {in.x.data, 1, inputSize},
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
  device.give(D_KERNEL, dKernel);
  device.give(D_BIAS, dBias);
  device.give(D_X, dx);
}

}  // namespace recurra
