/*
 * The operations of a device: each checks its arguments, creates its result, and calls a kernel. Shapes come in `shared`, padded in
 * front to four axes.
 */
#pragma once
#include "../device.h"

namespace recurra {

/** Four axes, outermost first. */
struct Shape {
  Size sizes[4];

  Size operator[](int axis) const { return sizes[axis]; }
  Size size() const { return times(times(sizes[0], sizes[1]), times(sizes[2], sizes[3])); }
};

/** Four whole numbers of the shared ones, from number `index` on. */
inline Shape sharedShape(const Device& device, int index) {
  Shape shape;
  for (int axis = 0; axis < 4; axis++) shape.sizes[axis] = toSize(device.shared[index + axis]);
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

// elementwise.cpp
Handle unary(Device& device, Unary op, Tensor x);
Handle affine(Device& device, Tensor x, float scale, float shift);
Handle binary(Device& device, Binary op, Tensor a, Tensor b);
Handle select(Device& device, Tensor condition, Tensor a, Tensor b);
Handle fill(Device& device, Size size, float value);
// matmul.cpp
/** On all threads if the product is large enough. */
void multiply(Device& device, const Product& product);
Handle matmul(Device& device, Tensor a, Tensor b, bool transposeA, bool transposeB, Size count, Size m, Size n, Size k);
// recurrent.cpp
void recurrentForward(Device& device);
void recurrentBackward(Device& device);
// reduce.cpp
Handle sum(Device& device, Tensor x, Size axes);
Handle maximum(Device& device, Tensor x, Size axes);
// softmax.cpp
Handle softmax(Device& device, Tensor x, Size columns);
Handle logSoftmax(Device& device, Tensor x, Size columns);
// shape.cpp
Handle transpose(Device& device, Tensor x);
Handle slice(Device& device, Tensor x);
void paste(Device& device, Tensor x, Tensor y, Size rows, Size width, Size rowWidth, Size start);
// dense.cpp
Handle denseForward(Device& device, Activation activation, float alpha, float beta, Tensor x, Tensor kernel, Optional bias, Size rows,
                    Size inputSize, Size units, bool training);
Handle denseInt8Forward(Device& device, Activation activation, float alpha, float beta, Tensor x, Handle kernel, Optional bias, Size rows,
                        Size inputSize, Size units);
Handle denseBackward(Device& device, Activation activation, float alpha, float beta, Tensor x, Tensor kernel, Optional bias, Tensor y,
                     Optional arguments, Tensor dy, Size rows, Size inputSize, Size units, bool inputGradient);
// cross-entropy.cpp
Handle crossEntropyForward(Device& device, Tensor logits, Tensor targets, Tensor weights, Size rows, Size classes, bool training);
Handle crossEntropyBackward(Device& device, Tensor probabilities, Tensor targets, Tensor weights, Tensor dLoss, Size rows,
                            Size classes);
// scan.cpp
Handle scanForward(Device& device, Tensor a, Tensor b, Optional initialState, Optional lengths, Size time, Size batch, Size units,
                   bool reverse);
Handle scanBackward(Device& device, Tensor a, Optional initialState, Optional lengths, Tensor y, Optional dy, Optional dState, Size time,
                    Size batch, Size units, bool reverse);
// ctc.cpp
Handle ctcForward(Device& device, Tensor logits, Tensor targets, Tensor lengths, Tensor targetLengths, Size time, Size batch,
                  Size classes, Size labels, Size blank, bool training);
Handle ctcBackward(Device& device, Tensor logits, Tensor targets, Tensor lengths, Tensor targetLengths, Tensor alphas, Tensor totals,
                   Tensor dLosses, Size time, Size batch, Size classes, Size labels, Size blank);
// optimizer.cpp
double optimizerStep(Device& device, Optimizer optimizer, Elements<int32_t> handles, Size count, Optional guard);
// indexing.cpp
Handle gather(Device& device, Tensor table, Tensor indices, Size rows, Size width);
Handle scatterAdd(Device& device, Tensor indices, Tensor updates, Size rows, Size width);
// transfer.cpp
Handle create(Device& device, Size size);
Handle upload(Device& device, Elements<float> data);
void read(Device& device, Tensor x, Elements<float> to);
Handle uploadInt8(Device& device, Elements<int8_t> values, Elements<float> scales, Size rows, Size columns);
void release(Device& device, Handle handle);

}  // namespace recurra
