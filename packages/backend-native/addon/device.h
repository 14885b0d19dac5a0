/* One backend's memory and kernels, and how its operations read their arguments and return their results. */
#pragma once
#include <node_api.h>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "failure.h"
#include "fields.h"
#include "kernels/kernels.h"
#include "memory.h"

namespace recurra {

/** An array of the device, as an argument of an operation; without data if it is absent. */
struct Tensor {
  Handle handle = 0;
  float* data = nullptr;
  Size size = 0;

  explicit operator bool() const { return data != nullptr; }
};

/** Int8 weights of the device; `data` has the whole numbers. */
struct Int8Weights {
  Handle handle;
  const float* data;
  const float* scales;
};

/** The elements of a typed array. */
template <typename T>
struct Elements {
  T* data;
  Size size;
};

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

class ThreadPool;

/** The most arrays that JavaScript lists as free before it makes a call. */
constexpr int MAX_LISTED = 255;
/** The elements of the memory through which small tensors are uploaded and read. */
constexpr Size STAGING = 4096;

/** The memory that JavaScript reads and writes too. */
struct SharedMemory {
  double numbers[SHARED];
  /** The arrays that the next call frees: how many, then their handles. */
  Handle freed[1 + MAX_LISTED];
  float staging[STAGING];
};

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
  SharedMemory* shared = nullptr;
  /** JavaScript's classes of errors, in the order of FailureKind. */
  napi_ref errors = nullptr;
  bool open = true;

  int threads() const;

  // Arguments.

  double number(Field field) const { return shared->numbers[field]; }
  float single(Field field) const { return static_cast<float>(number(field)); }
  bool flag(Field field) const { return number(field) != 0; }
  /** @throws Failure (shape) unless it is a whole number from 0 to 2^46 */
  Size size(Field field) const { return toSize(number(field)); }
  /** The code as an enum whose last member is `count`. @throws Failure (data) if it has no such member */
  template <typename Code>
  Code code() const {
    const double code = number(CODE);
    if (!(code >= 0 && code < static_cast<int>(Code::count))) fail(FailureKind::data, "unknown code " + std::to_string(code));
    return static_cast<Code>(static_cast<int>(code));
  }
  /** @throws Failure (state) unless the number can be a handle */
  Handle handle(Field field) const {
    const double number = this->number(field);
    if (!(number >= 0 && number <= 0x7fffffff && number == static_cast<Handle>(number)))
      fail(FailureKind::state, "no tensor has the handle " + std::to_string(number));
    return static_cast<Handle>(number);
  }
  /** @throws Failure (state) for a handle of no tensor; (data) for int8 weights */
  Tensor tensor(Handle handle) {
    const Array& array = memory.get(handle);
    if (array.int8) fail(FailureKind::data, "int8 weights are no tensor of floats");
    return {handle, array.data, array.size};
  }
  Tensor tensor(Field field) { return tensor(handle(field)); }
  /** @throws Failure (shape) also unless the tensor has `size` elements */
  Tensor tensor(Field field, const char* what, Size size) {
    const Tensor x = tensor(field);
    expectSize(what, x, size);
    return x;
  }
  /** As `tensor`, but absent if the handle is 0. */
  Tensor optional(Field field, const char* what, Size size) {
    return number(field) == 0 ? Tensor{} : tensor(field, what, size);
  }
  /** @throws Failure (data, shape) unless the handle is that of int8 weights [rows, columns] */
  Int8Weights int8Weights(Field field, const char* what, Size rows, Size columns);

  // Results.

  /** Returns a new array to JavaScript, which now frees it. */
  void give(Field field, NewArray& array) { shared->numbers[field] = array.give(); }
  /** Also where there is none. */
  void give(Field field, std::optional<NewArray>& array) { shared->numbers[field] = array ? array->give() : 0; }

  /** Frees the arrays that JavaScript has listed. @throws Failure (state) for a handle of no array; then the others stay listed */
  void freeListed() {
    if (shared->freed[0] != 0) freeAllListed();
  }

 private:
  void freeAllListed();
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

/** Elements, below which waking the threads takes longer than it saves where little is computed for each. */
constexpr Size MIN_ELEMENTS_TO_SHARE = 200'000;

/** Calls f(first element, elements) for parts of `size` elements, on all threads if there are enough. */
template <typename F>
void forEachPart(Device& device, Size size, F f) {
  if (size < MIN_ELEMENTS_TO_SHARE && !device.sharesAll) return f(Size(0), size);
  runOnThreads(device, true, [&](const Thread& thread) {
    const Share share = shareOf(thread, size, 16);
    if (share.size() > 0) f(share.begin, share.size());
  });
}

}  // namespace recurra
