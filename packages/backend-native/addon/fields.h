/*
 * The numbers that JavaScript and the addon share: the arguments and the results of all operations. JavaScript writes the arguments, calls
 * an operation, and reads its results. Handles, sizes, codes and options are all numbers; a handle of 0 stands for no tensor.
 */
#pragma once

namespace recurra {

/** The indices of the shared numbers, in the order of src/fields.ts. */
enum Field {
  // The code of an element-wise operation, a cell, an activation or an optimizer; and options.
  CODE,
  TRAINING,
  INPUT_GRADIENT,
  SEQUENCE,
  REVERSE,
  RELU,
  INT8,
  TRANSPOSE_A,
  TRANSPOSE_B,
  SCALE,
  SHIFT,
  ALPHA,
  BETA,
  // Sizes, and an index.
  SIZE,
  COUNT,
  M,
  N,
  K,
  ROWS,
  COLUMNS,
  ROW_SIZE,
  START,
  AXES,
  INPUT_SIZE,
  UNITS,
  TIME,
  BATCH,
  CLASSES,
  LABELS,
  BLANK,
  // Tensors.
  X,
  A,
  B,
  CONDITION,
  INDICES,
  KERNEL,
  RECURRENT_KERNEL,
  BIAS,
  RECURRENT_BIAS,
  LENGTHS,
  INITIAL_H,
  INITIAL_C,
  TARGETS,
  TARGET_LENGTHS,
  WEIGHTS,
  GUARD,
  Y,
  H,
  C,
  SAVED,
  TOTALS,
  // Gradients.
  D_X,
  D_A,
  D_B,
  D_KERNEL,
  D_RECURRENT_KERNEL,
  D_BIAS,
  D_RECURRENT_BIAS,
  D_Y,
  D_H,
  D_C,
  // The numbers of an optimizer, and the norm of the gradients.
  RATE,
  PENALTY,
  SHRINK,
  MOMENTUM,
  BETA1,
  ONE_MINUS_BETA1,
  BETA2,
  ONE_MINUS_BETA2,
  EPSILON,
  CLIP,
  NESTEROV,
  CENTERED,
  AMSGRAD,
  NORM,
  // Three times four axes: the shapes of operands, and what describes a slice or a transposition.
  SHAPES,
};

/** How many numbers are shared. */
constexpr int SHARED = SHAPES + 12;

}  // namespace recurra
