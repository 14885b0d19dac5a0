/* A failure that becomes one of core's typed errors in JavaScript: see napi.h. */
#pragma once
#include <string>

namespace recurra {

/** The names of core's classes of errors, in the order of src/addon.ts. */
enum class FailureKind { data, device, option, shape, state, count };

struct Failure {
  FailureKind kind;
  std::string message;
};

/** @throws Failure with the backend's name before the message */
[[noreturn]] inline void fail(FailureKind kind, const std::string& message) { throw Failure{kind, "native: " + message}; }

}  // namespace recurra
