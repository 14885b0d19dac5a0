/*
 * From a C++ function of a device to a function of JavaScript: `method<f>` takes typed arrays as arguments, because all numbers are shared
 * (fields.h), and turns failures into core's typed errors.
 */
#pragma once
#include <node_api.h>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include "device.h"

namespace recurra {

inline void expectOk(napi_status status, const char* expected) {
  if (status != napi_ok) fail(FailureKind::data, std::string("an argument of the addon must be ") + expected);
}

/** The typed array of JavaScript that has elements of type T. */
template <typename T>
struct TypedArray;
template <>
struct TypedArray<float> {
  static constexpr napi_typedarray_type TYPE = napi_float32_array;
  static constexpr const char* NAME = "a Float32Array";
};
template <>
struct TypedArray<double> {
  static constexpr napi_typedarray_type TYPE = napi_float64_array;
  static constexpr const char* NAME = "a Float64Array";
};
template <>
struct TypedArray<int32_t> {
  static constexpr napi_typedarray_type TYPE = napi_int32_array;
  static constexpr const char* NAME = "an Int32Array";
};
template <>
struct TypedArray<int8_t> {
  static constexpr napi_typedarray_type TYPE = napi_int8_array;
  static constexpr const char* NAME = "an Int8Array";
};

template <typename T>
Elements<T> elementsOf(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  expectOk(napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), TypedArray<T>::NAME);
  if (type != TypedArray<T>::TYPE) expectOk(napi_invalid_arg, TypedArray<T>::NAME);
  return {static_cast<T*>(data), static_cast<Size>(length)};
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

template <typename... T, void (*F)(Device&, Elements<T>...)>
struct Method<F> {
  static constexpr size_t COUNT = sizeof...(T);

  static napi_value call(napi_env env, napi_callback_info info) {
    napi_value values[COUNT + 1];
    size_t count = COUNT;
    void* data;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    Device& device = *static_cast<Device*>(data);
    return guarded(env, device.errors, [&] { return run(env, device, values, std::make_index_sequence<COUNT>()); });
  }

  template <size_t... I>
  static napi_value run([[maybe_unused]] napi_env env, Device& device, [[maybe_unused]] napi_value* values, std::index_sequence<I...>) {
    if (!device.open) fail(FailureKind::state, "the backend was used after it was disposed of");
    device.freeListed();
    F(device, elementsOf<T>(env, values[I])...);
    return nullptr;
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
