/* A single row times a matrix. */
#pragma once
#include "kernels.h"

namespace recurra::RECURRA_SET {

/** c [n] = a [k] · B [k, n], or c + a · B. `aStride` is the stride of the elements of a. */
void rowTimesMatrix(const float* a, Size aStride, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate);

/** The same for a matrix B that is packed, and for elements of a that are side by side. Faster if B comes from a cache that is far away. */
void rowTimesPanels(const float* a, const float* panels, float* c, Size n, Size k, bool accumulate);

/** c [n] = a [k] · Bᵀ, or c + a · Bᵀ, where B [n, k] is stored: one sum of products for each element of c. */
void rowTimesTransposed(const float* a, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate);

}  // namespace recurra::RECURRA_SET
