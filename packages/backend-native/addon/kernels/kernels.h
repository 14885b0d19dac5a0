/*
 * The kernels that each instruction set compiles for itself, as a table of functions, and what they share with their callers.
 * Arrays are row-major and float32. The callers (operations/) have checked every length.
 */
#pragma once

#include "fused.h"
#include "size.h"

namespace recurra {

/** The codes of src/codes.ts, in the same order. */
enum class Unary { exp, log, sqrt, abs, relu, sigmoid, tanh, softplus, step, count };
enum class Binary { add, sub, mul, div, maximum, minimum, count };

/** A matrix in memory: the element (i, j) is at data[i · row + j · column]. A stride of 0 repeats a row or a column. */
struct Matrix {
  const float* data;
  Size row;
  Size column;
};

/** C [m, n] = A [m, k] · B [k, n], or C + A · B. In A and in B, one of the two strides is 1. */
struct Product {
  Matrix a;
  Matrix b;
  float* c;
  Size cRow;
  Size m;
  Size n;
  Size k;
  bool accumulate;
  /**
   * m and n of the whole product if this is a thread's part of it. They decide how it is computed, so that sums are rounded in the same way on
   * any number of threads. 0: m and n.
   */
  Size wholeM = 0;
  Size wholeN = 0;
};

/** A strided copy of up to four axes, outermost first: to[i · toStride] = from[i · fromStride]. */
struct Copy {
  const float* from;
  float* to;
  Size size[4];
  Size fromStride[4];
  Size toStride[4];
};

/** The cells of a recurrent layer: see docs/semantics.md. */
enum class Cell { rnn, lstm, gru, gruResetBefore, count };

/** One of the threads that run a kernel together. */
struct Thread {
  int index;
  int count;
  /** Waits until all have called it. */
  void (*barrier)(void* pool);
  void* pool;
  /** workspaceSize() elements of its own. */
  float* workspace;
};

/** The rows of x that a recurrent layer with int8 weights rounds at a time. */
constexpr Size ROUNDED_ROWS = 64;

/**
 * A pass of a recurrent layer over a whole sequence: T steps, B rows, I inputs, H units, G gates. Arrays that are absent are null.
 *
 * The states before and after each step are in slots. With `keepsStates` there are T + 1: step t is between the slots t and t + 1.
 * Without, there are two, which take turns.
 */
struct Recurrent {
  Size time;
  Size batch;
  /** The rows that are computed; all arrays have `batch` rows. Fewer in a thread's band of rows. */
  Size rows;
  Size inputSize;
  Size units;
  bool reverse;
  /** For an RNN: relu, not tanh. */
  bool relu;
  bool keepsStates;
  bool hasInitialState;
  /** x [T, B, I], lengths [B]. */
  const float* x;
  const float* lengths;
  /**
   * W [I, G·H] and U [H, G·H], and their panels: forward gate by gate, [G, panels of H columns]; backward those of Uᵀ [G·H, H]. The
   * panels are absent if so few rows are multiplied that W or U is read as it is.
   */
  const float* kernel;
  const float* recurrentKernel;
  const float* kernelPanels;
  const float* recurrentPanels;
  /** The scales of int8 weights W and U, [G·H] each, whose panels are then those of int8.cpp; null for floats. */
  const float* kernelScales;
  const float* recurrentScales;
  /** Memory for rounded rows, `roundedSize` elements for each thread. */
  float* rounded;
  Size roundedSize;
  /** b and b' [G·H]. */
  const float* bias;
  const float* recurrentBias;
  /** y [T, B, H]; the slots of h and c, [B, H] each. */
  float* y;
  float* h;
  float* c;
  /** [T, B, G·H]: x·W, then the gates; the backward pass puts the gradient of the gates' arguments in their place. */
  float* gates;
  /** [T, B, H] with `keepsStates`, else [B, H]. GRU: U_n h + b'_n, or r ⊙ h with the reset gate before; then gradients of these. */
  float* extra;
  /** Backward: dy [T, B, H]; dh and dc [B, H], of the final state, become those of the initial state. */
  const float* dy;
  float* dh;
  float* dc;
  /** [B, H], for the GRU with the reset gate before. */
  float* dReset;
  float* dx;
  float* dKernel;
  float* dRecurrentKernel;
  float* dBias;
  float* dRecurrentBias;
};

typedef void (*RecurrentPass)(const Recurrent& layer, const Thread& thread);

struct Kernels {
  /** The name of the instruction set, and what people call it. */
  const char* name;
  const char* title;

  void (*unary)(Unary op, const float* x, float* y, Size n);
  void (*affine)(const float* x, float scale, float shift, float* y, Size n);
  /** y [rows, columns]; the column strides of a and b are 0 or 1. */
  void (*binary)(Binary op, Matrix a, Matrix b, float* y, Size rows, Size columns);
  void (*select)(Matrix condition, Matrix a, Matrix b, float* y, Size rows, Size columns);
  void (*fill)(float* y, float value, Size n);
  /** y [outer, inner] = the sum, or the maximum, over the middle axis of x [outer, middle, inner]. */
  void (*sum)(const float* x, float* y, Size outer, Size middle, Size inner);
  void (*maximum)(const float* x, float* y, Size outer, Size middle, Size inner);
  /** Of each row of x [rows, columns]. */
  void (*softmax)(const float* x, float* y, Size rows, Size columns);
  void (*logSoftmax)(const float* x, float* y, Size rows, Size columns);
  void (*copy)(const Copy& copy);
  /** Row index[i] of y [rows, width] += row i of x [count, width]. */
  void (*scatterAdd)(const float* index, const float* x, float* y, Size width, Size count);

  /** Of a dense layer: y [rows, units] = activation(y + bias); `arguments`, if not null, keeps y + bias. */
  void (*activate)(const Activate& activation, const float* bias, float* arguments, float* y, Size rows, Size units);
  /** dx = dy ⊙ activation′ [rows, units], from the result y, or from the arguments where they decide. */
  void (*activationGradient)(const Activate& activation, const float* yOrX, const float* dy, float* dx, Size rows, Size units);

  /** losses [rows] = −log softmax(logits [rows, classes])[target]; `probabilities`, if not null, gets the softmax. */
  void (*crossEntropy)(const float* logits, const float* targets, float* probabilities, float* losses, Size rows, Size classes);
  /** dLogits [rows, classes] = factor of the row · (probabilities − one-hot target). */
  void (*crossEntropyGradient)(const float* probabilities, const float* targets, const float* factors, float* dLogits, Size rows,
                               Size classes);
  /** For the elements `begin` to `end` of B·H. */
  void (*scanForward)(const Scan& scan, Size begin, Size end);
  void (*scanBackward)(const Scan& scan, Size begin, Size end);
  /** For the rows `begin` to `end`. */
  void (*ctcForward)(const Ctc& ctc, Size begin, Size end);
  void (*ctcBackward)(const Ctc& ctc, Size begin, Size end);
  double (*sumOfSquares)(const float* x, Size n);
  /** An optimizer step of n elements. */
  void (*update)(const OptimizerStep& step, const Update& update, Size n);

  /** `workspace` has workspaceSize() elements. */
  void (*matmul)(const Product& product, float* workspace);
  Size (*workspaceSize)();
  /** Packs B [k, n] into panels of panelsSize(k, n) elements. */
  void (*packPanels)(Matrix b, Size k, Size n, float* panels);
  Size (*panelsSize)(Size k, Size n);

  /** The elements, as floats, of a rounded row of k, and of the panels of int8 weights [k, n]. */
  Size (*roundedRowSize)(Size k);
  Size (*int8PanelsSize)(Size k, Size n);
  /** Rounds the rows of x [m, k], each to whole numbers of its own scale. */
  void (*roundRows)(const float* x, Size m, Size k, float* rounded);
  void (*packInt8Panels)(const signed char* weights, Size rowStride, Size k, Size n, float* panels);
  void (*multiplyInt8)(const Int8Product& product);

  /** By the code of the cell. Run by every thread of a pool. */
  RecurrentPass recurrentForward[static_cast<int>(Cell::count)];
  RecurrentPass recurrentBackward[static_cast<int>(Cell::count)];
};

}  // namespace recurra
