/* Between JavaScript's memory and the device's. */
#include "operations.h"

namespace recurra {

Handle create(Device& device, Size size) { return device.memory.create(size); }

Handle upload(Device& device, Elements<float> data) {
  NewArray y(device.memory, data.size);
  if (data.size > 0) __builtin_memcpy(y.data(), data.data, data.size * sizeof(float));
  return y.give();
}

void read(Device&, Tensor x, Elements<float> to) {
  expectSize("the tensor", x, to.size);
  if (to.size > 0) __builtin_memcpy(to.data, x.data, to.size * sizeof(float));
}

/** Int8 weights [rows, columns] from their whole numbers, row by row, and the scales of their columns. */
Handle uploadInt8(Device& device, Elements<int8_t> values, Elements<float> scales, Size rows, Size columns) {
  const Size size = times(rows, columns);
  if (values.size != size || scales.size != columns)
    fail(FailureKind::shape, std::to_string(values.size) + " int8 weights with " + std::to_string(scales.size) + " scales; expected " +
                                 std::to_string(size) + " with " + std::to_string(columns));
  const Handle handle = device.memory.createInt8(rows, columns);
  float* data = device.memory.get(handle).data;
  if (size > 0) __builtin_memcpy(data, values.data, size);
  if (columns > 0) __builtin_memcpy(data + int8Offset(rows, columns), scales.data, columns * sizeof(float));
  return handle;
}

void release(Device& device, Handle handle) { device.memory.free(handle); }

}  // namespace recurra
