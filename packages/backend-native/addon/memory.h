/*
 * The backend's memory: a table of arrays that JavaScript names by handles, over a pool of blocks. A freed block is kept for the
 * next request of its size, so a program that repeats the same steps asks the system for nothing.
 */
#pragma once
#include <cstdint>
#include <vector>
#include "kernels/kernels.h"

namespace recurra {

/** Names an array in JavaScript: an index, and a generation that differs when the index is used again. Never 0. */
typedef int32_t Handle;

/** Bytes that may be read past the end of an array: two vectors of the widest set, and more. */
constexpr Size PADDING = 256;

struct BlockSize;

/** Blocks of floats, aligned to cache lines. */
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  ~Pool() { releaseKept(); }

  /** @throws Failure (device) if the system has no more memory */
  float* allocate(Size elements);
  /** Gives back what `allocate` returned for as many elements. */
  void release(float* block, Size elements);
  /** Returns all kept blocks to the system. */
  void releaseKept();

 private:
  /** The kept blocks of one size. */
  struct Kept {
    std::vector<float*> blocks;
    Size bytes = 0;
    /** When a block of this size was last used. */
    uint64_t used = 0;
  };
  Kept& keptOf(BlockSize size);
  void forgetOldest();

  /** By the number of the size: see blockSize. */
  std::vector<Kept> kept_;
  Size keptBytes_ = 0;
  Size liveBytes_ = 0;
  Size peakBytes_ = 0;
  uint64_t clock_ = 0;
};

/** Parts of a matrix of weights, one after another, each packed into panels of [k, n]. */
struct Panels {
  Matrix source;
  Size parts;
  /** From the first element of a part to that of the next. */
  Size partStride;
  Size k;
  Size n;

  bool operator==(const Panels& other) const {
    return source.row == other.source.row && source.column == other.source.column && parts == other.parts &&
           partStride == other.partStride && k == other.k && n == other.n;
  }
};

/** An array, and what is kept of it in panels until it changes. */
struct Array {
  struct Packed {
    Panels panels;
    float* data;
    Size size;
  };

  float* data = nullptr;
  Size size = 0;
  uint32_t generation = 0;
  bool live = false;
  /** Int8 weights [rows, columns], followed by their scales [columns], each from a whole float on; not an array of floats. */
  bool int8 = false;
  Size rows = 0;
  Size columns = 0;
  std::vector<Packed> packed;
};

/** The floats before the scales of int8 weights. */
constexpr Size int8Offset(Size rows, Size columns) { return (rows * columns + 3) / 4; }

class Memory {
 public:
  ~Memory() { clear(); }

  /** A new array with undefined elements. @throws Failure (device) if there is no memory for it */
  Handle create(Size size);
  /** A new array for int8 weights, with undefined elements. */
  Handle createInt8(Size rows, Size columns);
  /** @throws Failure (state) for a handle of no array */
  Array& get(Handle handle);
  void free(Handle handle);
  /** The array's panels: packed on the first call, and kept until markChanged or `free` is called for it. */
  const float* packed(Handle handle, const Panels& panels, const Kernels& kernels);
  /** To be called when the elements of an array have been changed in place. */
  void markChanged(Handle handle);
  /** Frees everything. */
  void clear();

  Pool pool;

 private:
  void dropPacked(Array& array);

  std::vector<Array> arrays_;
  std::vector<uint32_t> unused_;
};

/** An array that is freed at the end of its scope, unless it was given to JavaScript. */
class NewArray {
 public:
  NewArray(Memory& memory, Size size) : memory_(&memory), handle_(memory.create(size)) {}
  /** Int8 weights. */
  NewArray(Memory& memory, Size rows, Size columns) : memory_(&memory), handle_(memory.createInt8(rows, columns)) {}
  NewArray(NewArray&& other) : memory_(other.memory_), handle_(other.give()) {}
  ~NewArray() {
    if (handle_ != 0) memory_->free(handle_);
  }

  float* data() const { return memory_->get(handle_).data; }
  /** The handle, which JavaScript now frees. */
  Handle give() {
    const Handle handle = handle_;
    handle_ = 0;
    return handle;
  }

 private:
  Memory* memory_;
  Handle handle_;
};

/** Memory for one call. */
class Scratch {
 public:
  Scratch(Pool& pool, Size size) : pool_(pool), size_(size), data_(pool.allocate(size)) {}
  Scratch(const Scratch&) = delete;
  ~Scratch() { pool_.release(data_, size_); }
  operator float*() const { return data_; }

 private:
  Pool& pool_;
  Size size_;
  float* data_;
};

}  // namespace recurra
