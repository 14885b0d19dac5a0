/* The instruction sets that the addon was built with, and which of them this processor has. */
#pragma once
#include <string>
#include <vector>
#include "kernels/kernels.h"

namespace recurra {

/** The kernels of the sets that this processor has, the fastest first. */
std::vector<const Kernels*> availableKernels();

/** The kernels of a set, or the fastest for `auto`. @throws Failure (option, device) for a set that is unknown or that the processor lacks */
const Kernels& kernelsNamed(const std::string& name);

}  // namespace recurra
