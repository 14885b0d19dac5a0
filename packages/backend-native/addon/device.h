/* One backend's memory and kernels, and the arguments that JavaScript leaves for the next call. */
#pragma once
#include <node_api.h>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "failure.h"
#include "kernels/kernels.h"
#include "memory.h"

namespace recurra {

/** An array of the device, as an argument of an operation. */
struct Tensor {
  Handle handle;
  float* data;
  Size size;
};

/** Int8 weights of the device; `data` has the whole numbers. */
struct Int8Weights {
  Handle handle;
  const float* data;
  const float* scales;
};

/** A tensor that may be absent: then its handle is 0, and its data null. */
struct Optional : Tensor {
  explicit operator bool() const { return data != nullptr; }
};

class ThreadPool;

struct Device {
  Device(const Kernels& kernels, int threads, bool sharesAll);
  ~Device();
  /** Frees all memory, and ends the threads. */
  void close();

  const Kernels* kernels;
  std::unique_ptr<ThreadPool> pool;
  /** The memory of the products of each thread, from the first product on. */
  std::vector<float*> workspaces;
  /** All kernels that can run on several threads do, so that small tests test the threads too. */
  bool sharesAll;
  Memory memory;
  /** The block of numbers that is shared with JavaScript, of length SHARED. */
  double* shared = nullptr;
  /** JavaScript's classes of errors, in the order of FailureKind. */
  napi_ref errors = nullptr;
  bool open = true;

  int threads() const;
  /** @throws Failure (state) for a handle of no tensor; (data) for int8 weights */
  Tensor tensor(Handle handle) {
    const Array& array = memory.get(handle);
    if (array.int8) fail(FailureKind::data, "int8 weights are no tensor of floats");
    return {handle, array.data, array.size};
  }
  /** @throws Failure (data, shape) unless the handle is that of int8 weights [rows, columns] */
  Int8Weights int8Weights(Handle handle, const char* what, Size rows, Size columns);
};

/** The shared numbers: shapes and strides, and what a call returns beside its result. */
constexpr int SHARED = 64;

/** Returns a new array beside the result of a call, as shared number `index`; 0 if there is none. */
inline void giveShared(Device& device, int index, std::optional<NewArray>& array) {
  device.shared[index] = array ? array->give() : 0;
}

/** @throws Failure (shape) unless it is a whole number from 0 to 2^46 */
inline Size toSize(double number) {
  if (!(number >= 0 && number <= 0x1p46 && number == static_cast<double>(static_cast<Size>(number))))
    fail(FailureKind::shape, "a size must be a whole number from 0 to 2^46, not " + std::to_string(number));
  return static_cast<Size>(number);
}

/** x · y. @throws Failure (shape) if it is not a possible number of elements */
inline Size times(Size x, Size y) {
  Size product;
  if (__builtin_mul_overflow(x, y, &product) || product > (Size(1) << 46))
    fail(FailureKind::shape, std::to_string(x) + " times " + std::to_string(y) + " elements are too many");
  return product;
}

/** @throws Failure (shape) unless the array has as many elements as its shape says */
inline void expectSize(const char* what, Tensor x, Size size) {
  if (x.size != size)
    fail(FailureKind::shape, std::string(what) + " has " + std::to_string(x.size) + " elements; expected " + std::to_string(size));
}

/** As expectSize, unless the array is absent. */
inline void expectSizeIfAny(const char* what, Optional x, Size size) {
  if (x) expectSize(what, x, size);
}

/** The elements of a typed array. */
template <typename T>
struct Elements {
  T* data;
  Size size;
};

/** Calls work(data, thread) on all threads of the pool if that is worth it, else on this one. */
void runOnThreads(Device& device, bool worthSharing, void (*work)(const void* data, const Thread& thread), const void* data);

template <typename F>
void runOnThreads(Device& device, bool worthSharing, F work) {
  const auto call = [](const void* data, const Thread& thread) { (*static_cast<const F*>(data))(thread); };
  runOnThreads(device, worthSharing, call, &work);
}

/** Elements or rows, from `begin` to `end`. */
struct Share {
  Size begin;
  Size end;

  Size size() const { return end - begin; }
};

/** The share of a thread in `n` elements, in whole multiples of `unit`. */
inline Share shareOf(const Thread& thread, Size n, Size unit) {
  const Size units = (n + unit - 1) / unit;
  return {std::min(n, units * thread.index / thread.count * unit), std::min(n, units * (thread.index + 1) / thread.count * unit)};
}

}  // namespace recurra
