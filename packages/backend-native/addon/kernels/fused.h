/* The arguments of the fused kernels, except those of recurrent layers. Arrays that are absent are null. */
#pragma once
#include "size.h"

namespace recurra {

/** The activations of src/codes.ts, in the same order. From softplus on, derivatives follow from the argument. */
enum class Activation {
  linear, tanh, sigmoid, relu, exponential, affine, softmax,
  softplus, softsign, selu, hardSigmoid, elu, leakyRelu, thresholdedRelu, scaledTanh, count
};

/** An activation with its constants. */
struct Activate {
  Activation activation;
  float alpha;
  float beta;
};

/** A pass of the scan over a sequence: T steps, B rows, H units. Arrays that are absent are null. */
struct Scan {
  Size time;
  Size batch;
  Size units;
  bool reverse;
  /** [T, B, H], lengths [B], and the initial state [B, H]. */
  const float* a = nullptr;
  const float* b = nullptr;
  const float* lengths = nullptr;
  const float* initialState = nullptr;
  float* y = nullptr;
  /** [B, H]: h; in the backward pass, its gradient. */
  float* state = nullptr;
  /** Backward: the gradients of y and of the final state; of a and b. */
  const float* dy = nullptr;
  const float* dState = nullptr;
  float* da = nullptr;
  float* db = nullptr;
};

/** The scratch memory of a row of a CTC pass, in halves of α: three of them, and two times β. */
constexpr Size CTC_ROW_SCRATCH = 7;

/** A pass of CTC: T frames, B rows, C classes, L labels. ctc.h describes α and β. */
struct Ctc {
  Size time;
  Size batch;
  Size classes;
  Size labels;
  Size blank;
  /** The elements of a half of α. */
  Size width;
  /** [T, B, C], [B, L], [B] and [B]. */
  const float* logits;
  const float* targets;
  const float* lengths;
  const float* targetLengths;
  /** [B, T + 1, 2·width] and [B, T, 2] in training; else [B, 2, 2·width], and null. */
  float* alphas = nullptr;
  float* totals = nullptr;
  float* scratch = nullptr;
  /** [B]; backward: [B] and [T, B, C]. */
  float* losses = nullptr;
  const float* dLosses = nullptr;
  float* dLogits = nullptr;
};

/** C [m, n] = X [m, k] · W [k, n], or C + X · W, with rounded rows of X, and panels and scales [n] of int8 weights W. */
struct Int8Product {
  const float* rounded;
  const float* panels;
  const float* scales;
  float* c;
  Size cRow;
  Size m;
  Size n;
  Size k;
  bool accumulate;
};

/** The optimizers of src/codes.ts, in the same order. AdamW is Adam with a `shrink`. */
enum class Optimizer { sgd, adam, rmsprop, adagrad, count };

/** What all elements of an optimizer step have in common. RMSProp's decay is beta2. */
struct OptimizerStep {
  Optimizer optimizer;
  /** The factor of the gradients. */
  float clip;
  float rate;
  float penalty;
  float shrink;
  float momentum;
  float beta1;
  float oneMinusBeta1;
  float beta2;
  float oneMinusBeta2;
  float epsilon;
  bool nesterov;
  bool centered;
};

/** A parameter, its gradient, and its state; a state that the optimizer lacks is null. */
struct Update {
  float* p = nullptr;
  const float* g = nullptr;
  float* mean = nullptr;
  float* square = nullptr;
  float* largest = nullptr;
  float* velocity = nullptr;
};

}  // namespace recurra
