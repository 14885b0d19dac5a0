#pragma once

namespace recurra {

/** A number of elements, or a stride in elements. */
typedef long long Size;

}  // namespace recurra
