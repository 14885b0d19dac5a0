/*
 * The activation of a dense layer, forward and backward: x, y, dy and dx [rows, units], bias [units]. docs/semantics.md has the
 * functions. Derivatives follow from the result y where it decides them, else from the argument x, which the forward pass keeps.
 */
#include "math.h"
#include "table.h"

namespace recurra::RECURRA_SET {

constexpr float SELU_ALPHA = 1.6732632423543772f;
constexpr float SELU_SCALE = 1.0507009873554805f;

RECURRA_INLINE Vec absolute(Vec x) { return (Vec)((Ints)x & 0x7fffffff); }

/** e^x for x below 0, else 1: it cannot overflow. NaN for NaN. */
RECURRA_INLINE Vec expBelow(Vec x) { return exp(x > splat(0) ? splat(0) : x); }

/** ELU: x above zero, alpha · (e^x − 1) below. */
RECURRA_INLINE Vec elu(Vec x, float alpha) { return maximumOf(x, splat(0)) + (expBelow(x) * alpha - alpha); }

/** 1 above zero, alpha · e^x below, and 0 at zero, as the composition has it. */
RECURRA_INLINE Vec eluSlope(Vec x, float alpha) {
  return x > splat(0) ? splat(1) : (x == splat(0) ? splat(0) : expBelow(x) * alpha);
}

/** Calls f(activation, its derivative) for the activations of one number. `f` maps whole arrays, so that the choice is outside its loop. */
template <typename F>
RECURRA_INLINE void choose(const Activate& a, F f) {
  const Vec zero = splat(0);
  const Vec one = splat(1);
  const float alpha = a.alpha;
  const float beta = a.beta;
  switch (a.activation) {
    case Activation::linear: return f([](Vec x) { return x; }, [=](Vec) { return one; });
    case Activation::tanh: return f([](Vec x) { return tanh(x); }, [](Vec y) { return 1.0f - y * y; });
    case Activation::sigmoid: return f([](Vec x) { return sigmoid(x); }, [](Vec y) { return y * (1.0f - y); });
    case Activation::relu: return f([=](Vec x) { return maximumOf(x, zero); }, [=](Vec y) { return y > zero ? one : zero; });
    case Activation::exponential: return f([](Vec x) { return exp(x); }, [](Vec y) { return y; });
    case Activation::affine: return f([=](Vec x) { return x * alpha + beta; }, [=](Vec) { return splat(alpha); });
    case Activation::softplus: return f([](Vec x) { return softplus(x); }, [](Vec x) { return sigmoid(x); });
    case Activation::softsign:
      return f([](Vec x) { return x / (1.0f + absolute(x)); },
               [](Vec x) {
                 const Vec inverse = 1.0f / (1.0f + absolute(x));
                 return inverse * inverse;
               });
    case Activation::selu:
      return f([](Vec x) { return elu(x, SELU_ALPHA) * SELU_SCALE; }, [](Vec x) { return eluSlope(x, SELU_ALPHA) * SELU_SCALE; });
    case Activation::elu: return f([=](Vec x) { return elu(x, alpha); }, [=](Vec x) { return eluSlope(x, alpha); });
    case Activation::hardSigmoid:
      return f([=](Vec x) { return minimumOf(maximumOf(x * alpha + beta, zero), one); },
               [=](Vec x) {
                 const Vec line = x * alpha + beta;
                 return line < zero ? zero : (line > one ? zero : splat(alpha));
               });
    case Activation::leakyRelu:
      return f([=](Vec x) { return maximumOf(x, zero) - maximumOf(-x, zero) * alpha; },
               [=](Vec x) { return x > zero ? one : (x < zero ? splat(alpha) : zero); });
    case Activation::thresholdedRelu:
      return f([=](Vec x) { return x * (x - alpha > zero ? one : zero); }, [=](Vec x) { return x - alpha > zero ? one : zero; });
    case Activation::scaledTanh:
      return f([=](Vec x) { return tanh(x * beta) * alpha; },
               [=](Vec x) {
                 const Vec y = tanh(x * beta);
                 return (1.0f - y * y) * (alpha * beta);
               });
    case Activation::softmax:
    case Activation::count: return;
  }
}

/** y = activation(y + bias); with `arguments`, y + bias is kept there. Bias and arguments may be absent. */
void activate(const Activate& a, const float* bias, float* arguments, float* y, Size rows, Size units) {
  const auto map = [&](auto function, auto) {
    for (Size row = 0; row < rows; row++) {
      float* to = y + row * units;
      for (Size i = 0; i < units; i += WIDTH) {
        const Vec x = bias ? load(to + i) + load(bias + i) : load(to + i);
        if (arguments) storeLanes(arguments + row * units + i, x, units - i);
        storeLanes(to + i, function(x), units - i);
      }
    }
  };
  if (a.activation != Activation::softmax) return choose(a, map);
  if (bias) map([](Vec x) { return x; }, 0);
  softmax(y, y, rows, units);
}

/** dx = y ⊙ (dy − Σ dy ⊙ y) of each row. */
static void softmaxGradient(const float* y, const float* dy, float* dx, Size rows, Size units) {
  for (Size row = 0; row < rows; row++, y += units, dy += units, dx += units) {
    Vec sums = splat(0);
    for (Size i = 0; i < units; i += WIDTH) sums += loadLanes(y + i, units - i, 0) * loadLanes(dy + i, units - i, 0);
    const float sum = laneSum(sums);
    for (Size i = 0; i < units; i += WIDTH) storeLanes(dx + i, load(y + i) * (load(dy + i) - sum), units - i);
  }
}

/** dx = dy ⊙ activation′, from y, or from the arguments x if they were kept. */
void activationGradient(const Activate& a, const float* yOrX, const float* dy, float* dx, Size rows, Size units) {
  if (a.activation == Activation::softmax) return softmaxGradient(yOrX, dy, dx, rows, units);
  const Size n = rows * units;
  choose(a, [&](auto, auto slope) {
    Size i = 0;
    for (; i + WIDTH <= n; i += WIDTH) store(dx + i, load(dy + i) * slope(load(yOrX + i)));
    if (i < n) storeLanes(dx + i, load(dy + i) * slope(load(yOrX + i)), n - i);
  });
}

}  // namespace recurra::RECURRA_SET
