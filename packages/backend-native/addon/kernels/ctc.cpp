/*
 * Connectionist temporal classification: losses [B] of logits [T, B, C] and targets [B, L], and the gradient of the logits. ctc.h
 * describes the variables α and β. Rows do not depend on each other; `begin` to `end` are some of them.
 */
#include "ctc.h"

namespace recurra::RECURRA_SET {

/** Computes α at `to` from that of the frame before at `from`; `blank` is the blank's emission. Returns the largest element. */
static float stepForward(const Ctc& c, const CtcRow& r, const float* from, float* to, float blank) {
  Vec most = splat(-__builtin_inff());
  for (Size i = 0; i <= r.labels; i += WIDTH) {
    const float* blanks = from + c.width;
    const Vec skip = load(from + i - 1) + load(r.skips + i);
    const Vec newLabels = logAdd3(load(from + i), load(blanks + i - 1), skip) + load(r.emissions + i);
    const Vec newBlanks = logAdd(load(blanks + i), load(from + i)) + blank;
    store(to + i, newLabels);
    store(to + c.width + i, newBlanks);
    most = maximumOf(most, maximumOf(newLabels, newBlanks));
  }
  to[-1] = to[c.width - 1] = LOG_ZERO;
  return laneMax(most);
}

static void rowForward(const Ctc& c, Size row) {
  const CtcRow r = prepareRow(c, row);
  float* alpha = alphaOf(c, r, 0);
  fillLogZero(alpha - 1, 2 * c.width);
  alpha[c.width] = 0;
  float shift = 0;
  double shifts = 0;
  for (Size t = 0; t < r.length; t++) {
    const float* x = frame(c, c.logits, r, t);
    const float most = largest(x, c.classes);
    const float total = logOf(exponentials(x, most, nullptr, c.classes));
    if (c.totals) {
      frameTotals(c, r, t)[0] = most;
      frameTotals(c, r, t)[1] = total;
    }
    shifts += shift;
    const float blank = emit(c, r, x, most, total + shift);
    const float* from = alpha;
    alpha = alphaOf(c, r, t + 1);
    shift = stepForward(c, r, from, alpha, blank);
  }
  const float ends = logAdd(splat(alpha[r.labels]), splat(alpha[c.width + r.labels]))[0];
  c.losses[row] = static_cast<float>(0 - (ends + shifts));
}

void ctcForward(const Ctc& c, Size begin, Size end) {
  for (Size row = begin; row < end; row++) rowForward(c, row);
}

/** Computes β at `to`, of the paths in frame t and after, from that after it; `blank` is the blank's emission. Returns the largest element. */
static float stepBackward(const Ctc& c, const CtcRow& r, const float* from, float* to, float blank) {
  Vec most = splat(-__builtin_inff());
  for (Size i = 0; i <= r.labels; i += WIDTH) {
    const Vec labels = load(from + i) + load(r.emissions + i);
    const Vec blanks = load(from + c.width + i) + blank;
    const Vec next = load(from + i + 1) + load(r.emissions + i + 1);
    const Vec newLabels = logAdd3(labels, blanks, next + load(r.skips + i + 1));
    const Vec newBlanks = logAdd(blanks, next);
    store(to + i, newLabels);
    store(to + c.width + i, newBlanks);
    most = maximumOf(most, maximumOf(newLabels, newBlanks));
  }
  return laneMax(most);
}

/**
 * The gradient of frame t: dLoss · (softmax(logits) − the probability that the frame is read as the class, given the labels). The
 * probability of an element is e^(α + β), divided by their sum; a class may have several.
 */
static void frameGradient(const Ctc& c, const CtcRow& r, Size t, const float* beta) {
  const float* alpha = alphaOf(c, r, t + 1);
  Vec mosts = splat(-__builtin_inff());
  for (Size i = 0; i <= r.labels; i += WIDTH) {
    mosts = maximumOf(mosts, load(alpha + i) + load(beta + i));
    mosts = maximumOf(mosts, load(alpha + c.width + i) + load(beta + c.width + i));
  }
  const float most = laneMax(mosts);
  Vec labelSums = splat(0);
  Vec blankSums = splat(0);
  for (Size i = 0; i <= r.labels; i += WIDTH) {
    const Vec share = exp(load(alpha + i) + load(beta + i) - most);
    store(r.shares + i, share);
    labelSums += share;
    blankSums += exp(load(alpha + c.width + i) + load(beta + c.width + i) - most);
  }
  const float* x = frame(c, c.logits, r, t);
  float* dx = frame(c, c.dLogits, r, t);
  const float dLoss = c.dLosses[r.row];
  const float largest = frameTotals(c, r, t)[0];
  const float total = frameTotals(c, r, t)[1];
  for (Size i = 0; i < c.classes; i += WIDTH)
    storeLanes(dx + i, exp(load(x + i) - largest - total) * dLoss, c.classes - i);
  const float factor = dLoss / laneSum(labelSums + blankSums);
  dx[c.blank] -= factor * laneSum(blankSums);
  for (Size i = 1; i <= r.labels; i++) dx[r.label(i)] -= factor * r.shares[i];
}

static void rowBackward(const Ctc& c, Size row) {
  const CtcRow r = prepareRow(c, row);
  for (Size t = r.length; t < c.time; t++) {
    float* dx = frame(c, c.dLogits, r, t);
    for (Size i = 0; i < c.classes; i++) dx[i] = 0;
  }
  float* beta = r.betas;
  float* next = r.betas + 2 * c.width;
  beta[r.labels] = beta[c.width + r.labels] = 0;
  float shift = 0;
  for (Size t = r.length - 1; t >= 0; t--) {
    frameGradient(c, r, t, beta);
    const float* totals = frameTotals(c, r, t);
    const float blank = emit(c, r, frame(c, c.logits, r, t), totals[0], totals[1] + shift);
    shift = stepBackward(c, r, beta, next, blank);
    float* other = beta;
    beta = next;
    next = other;
  }
}

void ctcBackward(const Ctc& c, Size begin, Size end) {
  for (Size row = begin; row < end; row++) rowBackward(c, row);
}

}  // namespace recurra::RECURRA_SET
