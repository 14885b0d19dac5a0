/*
 * From a C++ function of a device to a function of JavaScript: `method<f>` converts the arguments by the types of f's parameters, and
 * failures to core's typed errors. Every handle is checked here; lengths and shapes are checked by the operations.
 */
#pragma once
#include <node_api.h>
#include <cmath>
#include <cstdint>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include "device.h"

namespace recurra {

inline void expectOk(napi_status status, const char* expected) {
  if (status != napi_ok) fail(FailureKind::data, std::string("an argument of the addon must be ") + expected);
}

template <typename T>
struct Argument;

template <>
struct Argument<double> {
  static double from(napi_env env, Device&, napi_value value) {
    double number;
    expectOk(napi_get_value_double(env, value, &number), "a number");
    return number;
  }
};

template <>
struct Argument<float> {
  static float from(napi_env env, Device& device, napi_value value) {
    return static_cast<float>(Argument<double>::from(env, device, value));
  }
};

template <>
struct Argument<Size> {
  static Size from(napi_env env, Device& device, napi_value value) { return toSize(Argument<double>::from(env, device, value)); }
};

inline int32_t toInt(napi_env env, napi_value value) {
  int32_t number;
  expectOk(napi_get_value_int32(env, value, &number), "a number");
  return number;
}

/** A handle that the operation looks up itself. */
template <>
struct Argument<Handle> {
  static Handle from(napi_env env, Device&, napi_value value) { return toInt(env, value); }
};

template <>
struct Argument<bool> {
  static bool from(napi_env env, Device&, napi_value value) {
    bool flag;
    expectOk(napi_get_value_bool(env, value, &flag), "true or false");
    return flag;
  }
};

/** A code: an enum whose last member is `count`. */
template <typename Code>
  requires std::is_enum_v<Code>
struct Argument<Code> {
  static Code from(napi_env env, Device&, napi_value value) {
    const int32_t code = toInt(env, value);
    if (code < 0 || code >= static_cast<int32_t>(Code::count))
      fail(FailureKind::data, "unknown code " + std::to_string(code));
    return static_cast<Code>(code);
  }
};

template <>
struct Argument<Tensor> {
  static Tensor from(napi_env env, Device& device, napi_value value) { return device.tensor(toInt(env, value)); }
};

template <>
struct Argument<Optional> {
  static Optional from(napi_env env, Device& device, napi_value value) {
    const Handle handle = toInt(env, value);
    return {handle == 0 ? Tensor{} : device.tensor(handle)};
  }
};

template <napi_typedarray_type TYPE, typename T>
Elements<T> elementsOf(napi_env env, napi_value value, const char* expected) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  expectOk(napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), expected);
  if (type != TYPE) expectOk(napi_invalid_arg, expected);
  return {static_cast<T*>(data), static_cast<Size>(length)};
}

template <>
struct Argument<Elements<float>> {
  static Elements<float> from(napi_env env, Device&, napi_value value) {
    return elementsOf<napi_float32_array, float>(env, value, "a Float32Array");
  }
};

template <>
struct Argument<Elements<int32_t>> {
  static Elements<int32_t> from(napi_env env, Device&, napi_value value) {
    return elementsOf<napi_int32_array, int32_t>(env, value, "an Int32Array");
  }
};

template <>
struct Argument<Elements<int8_t>> {
  static Elements<int8_t> from(napi_env env, Device&, napi_value value) {
    return elementsOf<napi_int8_array, int8_t>(env, value, "an Int8Array");
  }
};

inline napi_value toValue(napi_env env, Handle handle) {
  napi_value value = nullptr;
  napi_create_int32(env, handle, &value);
  return value;
}

inline napi_value toValue(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

/** Calls f, and throws its failures in JavaScript. `errors` is an array of the classes of errors, in the order of FailureKind. */
template <typename F>
napi_value guarded(napi_env env, napi_ref errors, F f) {
  const auto raise = [&](FailureKind kind, const std::string& text) {
    napi_value classes, type, message, error;
    napi_get_reference_value(env, errors, &classes);
    napi_get_element(env, classes, static_cast<uint32_t>(kind), &type);
    napi_create_string_utf8(env, text.c_str(), text.size(), &message);
    napi_new_instance(env, type, 1, &message, &error);
    napi_throw(env, error);
  };
  try {
    return f();
  } catch (const Failure& failure) {
    raise(failure.kind, failure.message);
  } catch (const std::bad_alloc&) {
    raise(FailureKind::device, "native: out of memory");
  }
  return nullptr;
}

template <auto F>
struct Method;

template <typename Result, typename... Arguments, Result (*F)(Device&, Arguments...)>
struct Method<F> {
  static constexpr size_t COUNT = sizeof...(Arguments);

  static napi_value call(napi_env env, napi_callback_info info) {
    napi_value values[COUNT + 1];
    size_t count = COUNT;
    void* data;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    Device& device = *static_cast<Device*>(data);
    return guarded(env, device.errors, [&] { return run(env, device, values, std::index_sequence_for<Arguments...>()); });
  }

  template <size_t... I>
  static napi_value run(napi_env env, Device& device, napi_value* values, std::index_sequence<I...>) {
    if (!device.open) fail(FailureKind::state, "the backend was used after it was disposed of");
    // In braces, so that they are converted in their order.
    std::tuple<Arguments...> arguments{Argument<Arguments>::from(env, device, values[I])...};
    if constexpr (std::is_void_v<Result>) {
      F(device, std::get<I>(arguments)...);
      return nullptr;
    } else {
      return toValue(env, F(device, std::get<I>(arguments)...));
    }
  }
};

/** A function of JavaScript, by its name. */
struct MethodEntry {
  const char* name;
  napi_callback call;
};

template <auto F>
constexpr MethodEntry method(const char* name) {
  return {name, &Method<F>::call};
}

}  // namespace recurra
