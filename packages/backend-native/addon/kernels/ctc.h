/*
 * What the forward and the backward pass of CTC share (Graves et al. 2006, section 4). T frames, B rows, C classes, L labels.
 *
 * The variables α and β of a frame are logarithms, in two halves of `width` elements each: element i of the first half is of label i − 1
 * (element 0 of no label), and element i of the second half of the blank after that label. Before and after the elements is the
 * logarithm of 0, so the neighbours of a vector are read as another vector. Each step subtracts the largest element of the step before,
 * because otherwise α and β, and with them the errors of float32, would grow with T.
 */
#pragma once
#include "softmax.h"
#include "table.h"

namespace recurra::RECURRA_SET {

/**
 * The logarithm of 0. It is finite, because infinity − infinity is NaN, and so small that the sum of it and any logarithm of a
 * probability is still the logarithm of 0.
 */
constexpr float LOG_ZERO = -1e30f;

/** log(e^a + e^b) */
RECURRA_INLINE Vec logAdd(Vec a, Vec b) {
  const Vec most = maximumOf(a, b);
  return most + log(1.0f + exp(minimumOf(a, b) - most));
}

/** log(e^a + e^b + e^c) */
RECURRA_INLINE Vec logAdd3(Vec a, Vec b, Vec c) {
  const Vec larger = maximumOf(a, b);
  const Vec most = maximumOf(larger, c);
  return most + log(1.0f + (exp(minimumOf(a, b) - most) + exp(minimumOf(larger, c) - most)));
}

/** A row of the batch, and its parts of the scratch memory, each [width]. Pointers are to element 0. */
struct CtcRow {
  Size row;
  Size length;
  Size labels;
  const float* targets;
  /** The log probability of each label in this frame, less the shift. */
  float* emissions;
  /** 0 if a label may follow the one before it without a blank, else LOG_ZERO. */
  float* skips;
  /** The probability of each label in this frame given all labels, not normalised. */
  float* shares;
  /** β of this frame and of the next, [2, 2·width], in turns. */
  float* betas;

  /** The class of element i, from 1 to the number of labels. */
  Size label(Size i) const { return static_cast<Size>(targets[i - 1]); }
};

RECURRA_INLINE void fillLogZero(float* x, Size n) {
  for (Size i = 0; i < n; i++) x[i] = LOG_ZERO;
}

/** Prepares what is the same for all frames: the emissions of elements without a label, and the skips. */
static CtcRow prepareRow(const Ctc& c, Size row) {
  float* scratch = c.scratch + row * CTC_ROW_SCRATCH * c.width;
  fillLogZero(scratch, CTC_ROW_SCRATCH * c.width);
  const CtcRow r = {
      .row = row,
      .length = static_cast<Size>(c.lengths[row]),
      .labels = static_cast<Size>(c.targetLengths[row]),
      .targets = c.targets + row * c.labels,
      .emissions = scratch + 1,
      .skips = scratch + c.width + 1,
      .shares = scratch + 2 * c.width + 1,
      .betas = scratch + 3 * c.width + 1,
  };
  // A label may follow the label before it directly, without a blank, if they differ.
  for (Size i = 2; i <= r.labels; i++)
    if (r.label(i) != r.label(i - 1)) r.skips[i] = 0;
  return r;
}

RECURRA_INLINE float emission(float logit, float most, float total) {
  const float x = logit - most - total;
  return x < LOG_ZERO ? LOG_ZERO : x;
}

/** Writes the emissions x[label] − most − total of the labels, from the frame x [C]. Returns that of the blank. */
RECURRA_INLINE float emit(const Ctc& c, const CtcRow& r, const float* x, float most, float total) {
  for (Size i = 1; i <= r.labels; i++) r.emissions[i] = emission(x[r.label(i)], most, total);
  return emission(x[c.blank], most, total);
}

/** Frame t of a row of an array [T, B, C]. */
template <typename T>
RECURRA_INLINE T* frame(const Ctc& c, T* array, const CtcRow& r, Size t) {
  return array + (t * c.batch + r.row) * c.classes;
}

/** The largest logit of a frame, and log Σ exp(logit − largest). */
RECURRA_INLINE float* frameTotals(const Ctc& c, const CtcRow& r, Size t) { return c.totals + 2 * (r.row * c.time + t); }

/** α after t frames: element 0 of [2·width]. Those of all frames are kept for training; else two take turns. */
RECURRA_INLINE float* alphaOf(const Ctc& c, const CtcRow& r, Size t) {
  const Size kept = c.totals ? c.time + 1 : 2;
  return c.alphas + (r.row * kept + (c.totals ? t : t & 1)) * 2 * c.width + 1;
}

}  // namespace recurra::RECURRA_SET
