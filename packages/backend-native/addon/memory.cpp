#include "memory.h"
#include <algorithm>
#include <bit>
#include <cstdlib>
#ifdef __linux__
#include <sys/mman.h>
#endif
#include "failure.h"

namespace recurra {

/** A handle has this many bits for the index, and the others, without the sign, for the generation. */
constexpr int INDEX_BITS = 20;
constexpr uint32_t MAX_ARRAYS = 1u << INDEX_BITS;
constexpr uint32_t GENERATIONS = 1u << (31 - INDEX_BITS);
constexpr Size CACHE_LINE = 64;
/** Blocks from this size on are in large pages, where the system has them. */
constexpr Size LARGE_PAGE = Size(1) << 21;

/** One of the sizes of blocks: eight for each power of two, so that arrays of similar sizes use the same blocks. */
struct BlockSize {
  Size bytes;
  /** The sizes are numbered from 0. */
  int number;
};

static BlockSize blockSize(Size elements) {
  const uint64_t bytes = static_cast<uint64_t>(elements) * sizeof(float) + PADDING;
  const int octave = std::bit_width(bytes) - 1;
  const uint64_t step = std::max<uint64_t>(CACHE_LINE, (uint64_t(1) << octave) / 8);
  // The step is a power of two.
  const uint64_t rounded = (bytes + step - 1) & ~(step - 1);
  const int octaveOfRounded = std::bit_width(rounded) - 1;
  return {static_cast<Size>(rounded), octaveOfRounded * 8 + static_cast<int>(rounded >> (octaveOfRounded - 3) & 7)};
}

Pool::Kept& Pool::keptOf(BlockSize size) {
  if (size.number >= static_cast<int>(kept_.size())) kept_.resize(size.number + 1);
  Kept& kept = kept_[size.number];
  kept.bytes = size.bytes;
  kept.used = ++clock_;
  return kept;
}

float* Pool::allocate(Size elements) {
  const BlockSize size = blockSize(elements);
  Kept& kept = keptOf(size);
  if (!kept.blocks.empty()) {
    float* block = kept.blocks.back();
    kept.blocks.pop_back();
    keptBytes_ -= size.bytes;
    liveBytes_ += size.bytes;
    peakBytes_ = std::max(peakBytes_, liveBytes_);
    return block;
  }
  const Size alignment = size.bytes >= LARGE_PAGE ? LARGE_PAGE : CACHE_LINE;
  void* block = nullptr;
  if (posix_memalign(&block, alignment, size.bytes) != 0) {
    releaseKept();
    if (posix_memalign(&block, alignment, size.bytes) != 0)
      fail(FailureKind::device, "out of memory: " + std::to_string(elements * Size(sizeof(float))) +
                                    " bytes were asked for, and " + std::to_string(liveBytes_) + " are held");
  }
#ifdef __linux__
  if (size.bytes >= LARGE_PAGE) madvise(block, size.bytes, MADV_HUGEPAGE);
#endif
  liveBytes_ += size.bytes;
  peakBytes_ = std::max(peakBytes_, liveBytes_);
  return static_cast<float*>(block);
}

void Pool::release(float* block, Size elements) {
  const BlockSize size = blockSize(elements);
  liveBytes_ -= size.bytes;
  keptBytes_ += size.bytes;
  keptOf(size).blocks.push_back(block);
  // Sizes that come no more must not hold memory for ever.
  while (liveBytes_ + keptBytes_ > peakBytes_ + peakBytes_ / 2) forgetOldest();
}

/** Returns the kept blocks of the size that has not been used for longest. */
void Pool::forgetOldest() {
  Kept* oldest = nullptr;
  for (Kept& kept : kept_)
    if (!kept.blocks.empty() && (!oldest || kept.used < oldest->used)) oldest = &kept;
  for (float* block : oldest->blocks) std::free(block);
  keptBytes_ -= oldest->bytes * Size(oldest->blocks.size());
  oldest->blocks.clear();
}

void Pool::releaseKept() {
  for (Kept& kept : kept_) {
    for (float* block : kept.blocks) std::free(block);
    kept.blocks.clear();
  }
  keptBytes_ = 0;
}

Handle Memory::create(Size size) {
  float* data = pool.allocate(size);
  uint32_t index;
  if (!unused_.empty()) {
    index = unused_.back();
    unused_.pop_back();
  } else if (arrays_.size() < MAX_ARRAYS) {
    index = static_cast<uint32_t>(arrays_.size());
    arrays_.emplace_back();
  } else {
    pool.release(data, size);
    fail(FailureKind::device, "more than " + std::to_string(MAX_ARRAYS) + " tensors at a time");
  }
  Array& array = arrays_[index];
  array.data = data;
  array.size = size;
  array.live = true;
  array.int8 = false;
  // From 1, so that no handle is 0.
  array.generation = array.generation % (GENERATIONS - 1) + 1;
  return static_cast<Handle>(array.generation << INDEX_BITS | index);
}

Handle Memory::createInt8(Size rows, Size columns) {
  const Handle handle = create(int8Offset(rows, columns) + columns);
  Array& array = get(handle);
  array.int8 = true;
  array.rows = rows;
  array.columns = columns;
  return handle;
}

Array& Memory::get(Handle handle) {
  const uint32_t index = static_cast<uint32_t>(handle) & (MAX_ARRAYS - 1);
  const uint32_t generation = static_cast<uint32_t>(handle) >> INDEX_BITS;
  if (index < arrays_.size()) {
    Array& array = arrays_[index];
    if (array.live && array.generation == generation) return array;
  }
  fail(FailureKind::state, "no tensor has the handle " + std::to_string(handle));
}

const float* Memory::packed(Handle handle, const Panels& panels, const Kernels& kernels) {
  Array& array = get(handle);
  for (const Array::Packed& packed : array.packed)
    if (packed.panels == panels) return packed.data;
  const Size partSize = (array.int8 ? kernels.int8PanelsSize : kernels.panelsSize)(panels.k, panels.n);
  const Size size = partSize * panels.parts;
  float* data = pool.allocate(size);
  for (Size part = 0; part < panels.parts; part++) {
    const Matrix& source = panels.source;
    const Size start = part * panels.partStride;
    float* to = data + part * partSize;
    if (array.int8) kernels.packInt8Panels(reinterpret_cast<const signed char*>(source.data) + start, source.row, panels.k, panels.n, to);
    else kernels.packPanels({source.data + start, source.row, source.column}, panels.k, panels.n, to);
  }
  array.packed.push_back({panels, data, size});
  return data;
}

void Memory::markChanged(Handle handle) { dropPacked(get(handle)); }

void Memory::dropPacked(Array& array) {
  for (const Array::Packed& packed : array.packed) pool.release(packed.data, packed.size);
  array.packed.clear();
}

void Memory::free(Handle handle) {
  Array& array = get(handle);
  dropPacked(array);
  pool.release(array.data, array.size);
  array.live = false;
  array.data = nullptr;
  unused_.push_back(static_cast<uint32_t>(&array - arrays_.data()));
}

void Memory::clear() {
  for (Array& array : arrays_) {
    dropPacked(array);
    if (array.live) pool.release(array.data, array.size);
  }
  arrays_.clear();
  unused_.clear();
  pool.releaseKept();
}

}  // namespace recurra
