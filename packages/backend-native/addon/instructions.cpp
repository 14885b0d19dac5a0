#include "instructions.h"
#include "failure.h"

namespace recurra {

// RECURRA_SETS(SET) is SET(name) for each set, the fastest first; scripts/build-addon.mjs defines it.
#define RECURRA_DECLARE(set) \
  namespace set {            \
  extern const Kernels kernels; \
  }
RECURRA_SETS(RECURRA_DECLARE)
#undef RECURRA_DECLARE

static const Kernels* const BUILT[] = {
#define RECURRA_LIST(set) &set::kernels,
    RECURRA_SETS(RECURRA_LIST)
#undef RECURRA_LIST
};

static bool isAvailable([[maybe_unused]] const std::string& name) {
#if defined(__x86_64__)
  if (name == "avx512")
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma");
  if (name == "avx2" || name == "wide") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  // What is left is what every processor of the architecture has.
  return true;
}

std::vector<const Kernels*> availableKernels() {
  std::vector<const Kernels*> available;
  for (const Kernels* kernels : BUILT)
    if (isAvailable(kernels->name)) available.push_back(kernels);
  return available;
}

const Kernels& kernelsNamed(const std::string& name) {
  const std::vector<const Kernels*> available = availableKernels();
  if (name == "auto") return *available.front();
  std::string names;
  for (const Kernels* kernels : available) {
    if (name == kernels->name) return *kernels;
    names += std::string(names.empty() ? "" : ", ") + kernels->name;
  }
  for (const Kernels* kernels : BUILT)
    if (name == kernels->name) fail(FailureKind::device, "this processor lacks the instructions " + name + "; it has " + names);
  fail(FailureKind::option, "the addon was not built with the instructions " + name + "; it has " + names);
}

}  // namespace recurra
