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

/** The rows of table [rows, width] with these indices. */
Handle gather(Device& device, Tensor table, Tensor indices, Size rows, Size width) {
  expectSize("the table", table, times(rows, width));
  checkIndices(indices, rows);
  NewArray y(device.memory, times(indices.size, width));
  float* to = y.data();
  for (Size i = 0; i < indices.size; i++, to += width)
    __builtin_memcpy(to, table.data + static_cast<Size>(indices.data[i]) * width, width * sizeof(float));
  return y.give();
}

/** Zeros [rows, width], to whose rows with these indices the rows of updates [count, width] are added. */
Handle scatterAdd(Device& device, Tensor indices, Tensor updates, Size rows, Size width) {
  expectSize("the rows to add", updates, times(indices.size, width));
  checkIndices(indices, rows);
  NewArray y(device.memory, times(rows, width));
  device.kernels->fill(y.data(), 0, rows * width);
  device.kernels->scatterAdd(indices.data, updates.data, y.data(), width, indices.size);
  return y.give();
}

}  // namespace recurra
