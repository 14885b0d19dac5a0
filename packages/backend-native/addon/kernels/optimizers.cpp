/*
 * One step of each optimizer: updates n elements of a parameter p with the gradient g and the optimizer's state in place, with
 * PyTorch's semantics. docs/semantics.md has the equations; src/optimizer.ts computes what depends on the number of the step.
 */
#include "table.h"
#include "vector.h"

namespace recurra::RECURRA_SET {

/** Half as many floats as a vector has, and the same numbers as doubles. */
typedef float HalfVec __attribute__((vector_size(WIDTH * 2), aligned(4), may_alias));
typedef double Doubles __attribute__((vector_size(WIDTH * 4)));
constexpr int HALF = WIDTH / 2;

double sumOfSquares(const float* x, Size n) {
  Doubles sums[4] = {};
  Size i = 0;
  for (; i + 4 * HALF <= n; i += 4 * HALF)
    for (int part = 0; part < 4; part++) {
      const Doubles values = __builtin_convertvector(*reinterpret_cast<const HalfVec*>(x + i + part * HALF), Doubles);
      sums[part] += values * values;
    }
  const Doubles lanes = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double sum = 0;
  for (int lane = 0; lane < HALF; lane++) sum += lanes[lane];
  for (; i < n; i++) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

/** The elements of an array at an index, of which the first `count` are stored. Absent arrays are never read. */
struct Lanes {
  Size index;
  Size count;

  __attribute__((always_inline)) Vec of(const float* x) const { return load(x + index); }
  __attribute__((always_inline)) void set(float* x, Vec value) const { storeLanes(x + index, value, count); }
};

/** Calls update(lanes) for all elements. */
template <typename F>
RECURRA_INLINE void forEachLanes(Size n, F update) {
  Size i = 0;
  for (; i + WIDTH <= n; i += WIDTH) update(Lanes{i, WIDTH});
  if (i < n) update(Lanes{i, n - i});
}

/** v = momentum · v + g; p −= rate · v, or with Nesterov's momentum p −= rate · (g + momentum · v). */
static void sgd(const OptimizerStep& s, const Update& u, Size n) {
  forEachLanes(n, [&](Lanes at) {
    const Vec p = at.of(u.p);
    Vec step = at.of(u.g) * s.clip + p * s.penalty;
    if (u.velocity) {
      const Vec v = at.of(u.velocity) * s.momentum + step;
      at.set(u.velocity, v);
      step = s.nesterov ? step + v * s.momentum : v;
    }
    at.set(u.p, p - step * s.rate);
  });
}

/**
 * p = shrink · p (AdamW's decay); m and v are the moving averages of g and g²; p −= rate · m / (√v + ε). With AMSGrad the largest v so
 * far takes the place of v. `rate` and `epsilon` include the corrections of both averages.
 */
static void adam(const OptimizerStep& s, const Update& u, Size n) {
  forEachLanes(n, [&](Lanes at) {
    const Vec p = at.of(u.p);
    const Vec g = at.of(u.g) * s.clip + p * s.penalty;
    const Vec m = at.of(u.mean) * s.beta1 + g * s.oneMinusBeta1;
    Vec v = at.of(u.square) * s.beta2 + g * g * s.oneMinusBeta2;
    at.set(u.mean, m);
    at.set(u.square, v);
    if (u.largest) {
      v = maximumOf(v, at.of(u.largest));
      at.set(u.largest, v);
    }
    at.set(u.p, p * s.shrink - m * s.rate / (squareRoot(v) + s.epsilon));
  });
}

/**
 * The square is the moving average of g² or, if there is a mean, the moving variance of g. The variance is updated directly, because
 * mean(g²) − mean(g)² would lose its digits where a gradient hardly changes. p −= rate · g / (√square + ε), or with momentum
 * velocity = momentum · velocity + g / (√square + ε), p −= rate · velocity.
 */
static void rmsprop(const OptimizerStep& s, const Update& u, Size n) {
  forEachLanes(n, [&](Lanes at) {
    const Vec p = at.of(u.p);
    const Vec g = at.of(u.g) * s.clip + p * s.penalty;
    Vec distance = g;
    float weight = s.oneMinusBeta2;
    if (u.mean) {
      const Vec mean = at.of(u.mean);
      distance = g - mean;
      weight *= s.beta2;
      at.set(u.mean, mean * s.beta2 + g * s.oneMinusBeta2);
    }
    const Vec square = at.of(u.square) * s.beta2 + distance * distance * weight;
    at.set(u.square, square);
    Vec step = g / (squareRoot(square) + s.epsilon);
    if (u.velocity) {
      step = at.of(u.velocity) * s.momentum + step;
      at.set(u.velocity, step);
    }
    at.set(u.p, p - step * s.rate);
  });
}

/** square += g²; p −= rate · g / (√square + ε) */
static void adagrad(const OptimizerStep& s, const Update& u, Size n) {
  forEachLanes(n, [&](Lanes at) {
    const Vec p = at.of(u.p);
    const Vec g = at.of(u.g) * s.clip + p * s.penalty;
    const Vec square = at.of(u.square) + g * g;
    at.set(u.square, square);
    at.set(u.p, p - g / (squareRoot(square) + s.epsilon) * s.rate);
  });
}

void update(const OptimizerStep& step, const Update& u, Size n) {
  switch (step.optimizer) {
    case Optimizer::sgd: return sgd(step, u, n);
    case Optimizer::adam: return adam(step, u, n);
    case Optimizer::rmsprop: return rmsprop(step, u, n);
    case Optimizer::adagrad: return adagrad(step, u, n);
    case Optimizer::count: return;
  }
}

}  // namespace recurra::RECURRA_SET
