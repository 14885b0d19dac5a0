/* The product of two matrices, or of two stacks: y [count, m, n] = a [count, m, k] · b [count, k, n]. */
#include "operations.h"

namespace recurra {

/** Multiplications, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 1'000'000;
/** The rows or columns that a thread takes are a multiple of this. */
constexpr Size SHARE = 32;

void multiply(Device& device, const Product& product) {
  const bool byRows = product.m >= product.n;
  const Size length = byRows ? product.m : product.n;
  runOnThreads(device, product.m * product.n * product.k >= MIN_WORK, [&](const Thread& thread) {
    const auto [begin, end] = shareOf(thread, length, SHARE);
    Product part = product;
    part.wholeM = product.m;
    part.wholeN = product.n;
    (byRows ? part.m : part.n) = end - begin;
    if (byRows) {
      part.a.data += begin * part.a.row;
      part.c += begin * part.cRow;
    } else {
      part.b.data += begin * part.b.column;
      part.c += begin;
    }
    device.kernels->matmul(part, thread.workspace);
  });
}

void matmul(Device& device) {
  const Size count = device.size(COUNT);
  const Size m = device.size(M);
  const Size n = device.size(N);
  const Size k = device.size(K);
  const bool transposeA = device.flag(TRANSPOSE_A);
  const bool transposeB = device.flag(TRANSPOSE_B);
  const Tensor a = device.tensor(A, "the left factor", times(count, times(m, k)));
  const Tensor b = device.tensor(B, "the right factor", times(count, times(k, n)));
  NewArray c(device.memory, times(count, times(m, n)));
  for (Size i = 0; i < count; i++) {
    multiply(device, {
                         .a = {a.data + i * m * k, transposeA ? 1 : k, transposeA ? m : 1},
                         .b = {b.data + i * k * n, transposeB ? 1 : n, transposeB ? k : 1},
                         .c = c.data() + i * m * n,
                         .cRow = n,
                         .m = m,
                         .n = n,
                         .k = k,
                         .accumulate = false,
                     });
  }
  device.give(Y, c);
}

}  // namespace recurra
