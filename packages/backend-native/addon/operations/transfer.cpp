/* Between JavaScript's memory and the device's. Small arrays pass through the staging memory, which both have. */
#include "operations.h"

namespace recurra {

static void copyFloats(Device& device, float* to, const float* from, Size size) {
  forEachPart(device, size, [&](Size begin, Size count) {
    if (count > 0) __builtin_memcpy(to + begin, from + begin, count * sizeof(float));
  });
}

/** @throws Failure (shape) unless the staging memory has so many elements */
static Size stagedSize(const Device& device) {
  const Size size = device.size(SIZE);
  if (size > STAGING) fail(FailureKind::shape, std::to_string(size) + " elements; the staging memory has " + std::to_string(STAGING));
  return size;
}

/** y = an array of undefined elements. */
void create(Device& device) {
  NewArray y(device.memory, device.size(SIZE));
  device.give(Y, y);
}

static void uploadFrom(Device& device, const float* data, Size size) {
  NewArray y(device.memory, size);
  copyFloats(device, y.data(), data, size);
  device.give(Y, y);
}

/** y = data */
void upload(Device& device, Elements<float> data) { uploadFrom(device, data.data, data.size); }

/** The same from doubles, which are rounded. */
void uploadDoubles(Device& device, Elements<double> data) {
  NewArray y(device.memory, data.size);
  float* to = y.data();
  forEachPart(device, data.size, [&](Size begin, Size count) {
    for (Size i = begin; i < begin + count; i++) to[i] = static_cast<float>(data.data[i]);
  });
  device.give(Y, y);
}

/** y = the first elements of the staging memory. */
void uploadStaged(Device& device) { uploadFrom(device, device.shared->staging, stagedSize(device)); }

/** y = int8 weights [rows, columns] from their whole numbers, row by row, and the scales of their columns. */
void uploadInt8(Device& device, Elements<int8_t> values, Elements<float> scales) {
  const Size rows = device.size(ROWS);
  const Size columns = device.size(COLUMNS);
  const Size size = times(rows, columns);
  if (values.size != size || scales.size != columns)
    fail(FailureKind::shape, std::to_string(values.size) + " int8 weights with " + std::to_string(scales.size) + " scales; expected " +
                                 std::to_string(size) + " with " + std::to_string(columns));
  NewArray y(device.memory, rows, columns);
  if (size > 0) __builtin_memcpy(y.data(), values.data, size);
  copyFloats(device, y.data() + int8Offset(rows, columns), scales.data, columns);
  device.give(Y, y);
}

/** to = x */
void read(Device& device, Elements<float> to) {
  copyFloats(device, to.data, device.tensor(X, "the tensor", to.size).data, to.size);
}

/** The first elements of the staging memory = x. */
void readStaged(Device& device) {
  const Size size = stagedSize(device);
  copyFloats(device, device.shared->staging, device.tensor(X, "the tensor", size).data, size);
}

/** Frees what JavaScript has listed, as every call does first. */
void freeListed(Device&) {}

}  // namespace recurra
