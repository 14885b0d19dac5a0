/* Softmax and log-softmax over the last axis. */
#include "operations.h"

namespace recurra {

typedef void (*RowKernel)(const float* x, float* y, Size rows, Size columns);

static void ofRows(Device& device, RowKernel kernel) {
  const Size columns = device.size(COLUMNS);
  const Tensor x = device.tensor(X);
  const Size rows = columns == 0 ? 0 : x.size / columns;
  expectSize("the argument", x, times(rows, columns));
  NewArray y(device.memory, x.size);
  kernel(x.data, y.data(), rows, columns);
  device.give(Y, y);
}

void softmax(Device& device) { ofRows(device, device.kernels->softmax); }

void logSoftmax(Device& device) { ofRows(device, device.kernels->logSoftmax); }

}  // namespace recurra
