/* The operations of a device: each checks its arguments, creates its results, and calls a kernel. */
#pragma once
#include "../device.h"

namespace recurra {

/** Four axes, outermost first. */
struct Shape {
  Size sizes[4];

  Size operator[](int axis) const { return sizes[axis]; }
  Size size() const { return times(times(sizes[0], sizes[1]), times(sizes[2], sizes[3])); }
};

/** The shape of operand number `index`, padded in front to four axes; or four other whole numbers that stand there. */
inline Shape sharedShape(const Device& device, int index) {
  Shape shape;
  for (int axis = 0; axis < 4; axis++) shape.sizes[axis] = toSize(device.shared->numbers[SHAPES + 4 * index + axis]);
  return shape;
}

/** The strides of a row-major array, in elements. */
inline Shape stridesOf(const Shape& shape) {
  return {{shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1}};
}

/** Whether x is a whole number from 0 to `last`. */
inline bool isWhole(float x, Size last) { return x >= 0 && x <= static_cast<double>(last) && x == static_cast<float>(static_cast<Size>(x)); }

/** @throws Failure (data) unless all elements, `width` for each row, are whole numbers from 0 to `last` */
inline void expectWhole(const char* what, Tensor x, Size width, Size last) {
  for (Size i = 0; i < x.size; i++)
    if (!isWhole(x.data[i], last))
      fail(FailureKind::data, std::string(what) + " of row " + std::to_string(i / width) + " is " + std::to_string(x.data[i]) +
                                  "; expected a whole number from 0 to " + std::to_string(last));
}

// Each reads its arguments from the shared numbers, and leaves its results there: see fields.h.
// elementwise.cpp
void unary(Device& device);
void affine(Device& device);
void binary(Device& device);
void select(Device& device);
void fill(Device& device);
// matmul.cpp
/** On all threads if the product is large enough. */
void multiply(Device& device, const Product& product);
void matmul(Device& device);
// recurrent.cpp
void recurrentForward(Device& device);
void recurrentBackward(Device& device);
// reduce.cpp
void sum(Device& device);
void maximum(Device& device);
// softmax.cpp
void softmax(Device& device);
void logSoftmax(Device& device);
// shape.cpp
void transpose(Device& device);
void slice(Device& device);
void paste(Device& device);
// dense.cpp
void denseForward(Device& device);
void denseBackward(Device& device);
// cross-entropy.cpp
void crossEntropyForward(Device& device);
void crossEntropyBackward(Device& device);
// scan.cpp
void scanForward(Device& device);
void scanBackward(Device& device);
// ctc.cpp
void ctcForward(Device& device);
void ctcBackward(Device& device);
// optimizer.cpp
void optimizerStep(Device& device, Elements<int32_t> handles);
// indexing.cpp
void gather(Device& device);
void scatterAdd(Device& device);
// transfer.cpp
void create(Device& device);
void upload(Device& device, Elements<float> data);
void uploadDoubles(Device& device, Elements<double> data);
void uploadStaged(Device& device);
void uploadInt8(Device& device, Elements<int8_t> values, Elements<float> scales);
void read(Device& device, Elements<float> to);
void readStaged(Device& device);
void freeListed(Device& device);

}  // namespace recurra
