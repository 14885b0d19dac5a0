/* Softmax and log-softmax of each row of x [rows, columns]. */
#include "softmax.h"
#include "table.h"

namespace recurra::RECURRA_SET {

void softmax(const float* x, float* y, Size rows, Size columns) {
  for (Size row = 0; row < rows; row++, x += columns, y += columns) {
    const float scale = 1 / exponentials(x, largest(x, columns), y, columns);
    for (Size i = 0; i < columns; i++) y[i] *= scale;
  }
}

void logSoftmax(const float* x, float* y, Size rows, Size columns) {
  for (Size row = 0; row < rows; row++, x += columns, y += columns) {
    const float most = largest(x, columns);
    const float total = logOf(exponentials(x, most, nullptr, columns));
    for (Size i = 0; i < columns; i++) y[i] = x[i] - most - total;
  }
}

}  // namespace recurra::RECURRA_SET
