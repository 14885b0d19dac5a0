/* A single row times a matrix that is not packed, because packing would cost more than the product. */
#pragma once
#include "kernels.h"

namespace recurra::RECURRA_SET {

/** c [n] = a [k] · B [k, n], or c + a · B. `aStride` is the stride of the elements of a. */
void rowTimesMatrix(const float* a, Size aStride, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate);

/** c [n] = a [k] · Bᵀ, or c + a · Bᵀ, where B [n, k] is stored: one sum of products for each element of c. */
void rowTimesTransposed(const float* a, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate);

}  // namespace recurra::RECURRA_SET
