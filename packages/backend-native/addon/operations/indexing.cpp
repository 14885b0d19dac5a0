/* Operations that read or write rows by index. */
#include <cmath>
#include "operations.h"

namespace recurra {

static void checkIndices(Tensor indices, Size rows) {
  for (Size i = 0; i < indices.size; i++) {
    if (!isWhole(indices.data[i], rows - 1))
      fail(FailureKind::data, "index number " + std::to_string(i) + " names none of " + std::to_string(rows) +
                                  " rows; expected a whole number from 0 to " + std::to_string(rows - 1));
  }
}

/** y [count, width] = the rows of x [rows, width] with these indices. */
void gather(Device& device) {
  const Size rows = device.size(ROWS);
  const Size width = device.size(COLUMNS);
  const Tensor table = device.tensor(X, "the table", times(rows, width));
  const Tensor indices = device.tensor(INDICES);
  checkIndices(indices, rows);
  NewArray y(device.memory, times(indices.size, width));
  float* to = y.data();
  for (Size i = 0; i < indices.size; i++, to += width)
    __builtin_memcpy(to, table.data + static_cast<Size>(indices.data[i]) * width, width * sizeof(float));
  device.give(Y, y);
}

/** y [rows, width] = zeros, to whose rows with these indices the rows of x [count, width] are added. */
void scatterAdd(Device& device) {
  const Size rows = device.size(ROWS);
  const Size width = device.size(COLUMNS);
  const Tensor indices = device.tensor(INDICES);
  const Tensor updates = device.tensor(X, "the rows to add", times(indices.size, width));
  checkIndices(indices, rows);
  NewArray y(device.memory, times(rows, width));
  device.kernels->fill(y.data(), 0, rows * width);
  device.kernels->scatterAdd(indices.data, updates.data, y.data(), width, indices.size);
  device.give(Y, y);
}

}  // namespace recurra
