/* Softmax and log-softmax over the last axis. */
#include "operations.h"

namespace recurra {

typedef void (*RowKernel)(const float* x, float* y, Size rows, Size columns);

static Handle ofRows(Device& device, RowKernel kernel, Tensor x, Size columns) {
  const Size rows = columns == 0 ? 0 : x.size / columns;
  expectSize("the argument", x, times(rows, columns));
  NewArray y(device.memory, x.size);
  kernel(x.data, y.data(), rows, columns);
  return y.give();
}

Handle softmax(Device& device, Tensor x, Size columns) { return ofRows(device, device.kernels->softmax, x, columns); }

Handle logSoftmax(Device& device, Tensor x, Size columns) {
  return ofRows(device, device.kernels->logSoftmax, x, columns);
}

}  // namespace recurra
