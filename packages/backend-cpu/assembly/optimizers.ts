/*
 * One step of each optimizer: updates a parameter p [size] with gradient g [size] and the optimizer's state in place, with
 * PyTorch's semantics. The address of a state is 0 if the chosen options need no such state. `clip` scales the gradient:
 * 1 leaves it as it is. src/optimizer.ts computes the rates and corrections that depend on the number of the step.
 */
import { at, splat, storeLanes } from './vector';

/** Σ x² of x [size], in float64. */
export function sumOfSquares(x: usize, size: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const four = v128.load(at(x, i));
    const a = f64x2.promote_low_f32x4(four);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const lanes = f64x2.add(low, high);
  let sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  for (; i < size; i++) {
    const value = <f64>load<f32>(at(x, i));
    sum += value * value;
  }
  return sum;
}

/** x [1] as a number. */
export function valueOf(x: usize): f32 {
  return load<f32>(x);
}

/** clip · g + weightDecay · p: the gradient, clipped, with the L2 penalty. */
@inline
function penalised(g: usize, p: v128, clip: f32, weightDecay: f32, i: i32): v128 {
  return f32x4.add(f32x4.mul(v128.load(at(g, i)), splat(clip)), f32x4.mul(p, splat(weightDecay)));
}

/** old · decay + x · weight */
@inline
function blend(old: v128, decay: f32, x: v128, weight: f32): v128 {
  return f32x4.add(f32x4.mul(old, splat(decay)), f32x4.mul(x, splat(weight)));
}

/** v = momentum · v + g; p −= rate · v, or with Nesterov's momentum p −= rate · (g + momentum · v). */
export function sgd(
  p: usize, g: usize, velocity: usize, size: i32, clip: f32, rate: f32, weightDecay: f32, momentum: f32, nesterov: bool,
): void {
  for (let i = 0; i < size; i += 4) {
    const old = v128.load(at(p, i));
    let step = penalised(g, old, clip, weightDecay, i);
    if (velocity) {
      const v = f32x4.add(f32x4.mul(v128.load(at(velocity, i)), splat(momentum)), step);
      storeLanes(at(velocity, i), v, size - i);
      step = nesterov ? f32x4.add(step, f32x4.mul(v, splat(momentum))) : v;
    }
    storeLanes(at(p, i), f32x4.sub(old, f32x4.mul(step, splat(rate))), size - i);
  }
}

/**
 * p = shrink · p (AdamW's decay); m and v are the moving averages of g and g²; p −= rate · m / (√v + ε). With AMSGrad
 * `vMax`, the largest v so far, takes the place of v. `rate` and `epsilon` include the bias corrections of m and v. The
 * weights of the averages, 1 − beta1 and 1 − beta2, are passed as well. Writes whole vectors.
 */
export function adam(
  p: usize, g: usize, m: usize, v: usize, vMax: usize, size: i32,
  clip: f32, rate: f32, weightDecay: f32, shrink: f32, beta1: f32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32,
  epsilon: f32,
): void {
  if (clip == 1 && weightDecay == 0 && shrink == 1) {
    adamLoop(false, p, g, m, v, vMax, size, 1, rate, 0, 1, beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon);
  } else {
    adamLoop(
      true, p, g, m, v, vMax, size, clip, rate, weightDecay, shrink, beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon,
    );
  }
}

/** {@link adam}. Unless `changes`, clip, weightDecay and shrink change nothing. It is a constant where this is inlined. */
@inline
function adamLoop(
  changes: bool,
  p: usize, g: usize, m: usize, v: usize, vMax: usize, size: i32,
  clip: f32, rate: f32, weightDecay: f32, shrink: f32, beta1: f32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32,
  epsilon: f32,
): void {
  // Outside the loop, where V8 would make each vector anew at each use.
  const rates = splat(rate);
  const keepM = splat(beta1);
  const addM = splat(oneMinusBeta1);
  const keepV = splat(beta2);
  const addV = splat(oneMinusBeta2);
  const least = splat(epsilon);
  for (let i = 0; i < size; i += 4) {
    let old = v128.load(at(p, i));
    let step = v128.load(at(g, i));
    if (changes) {
      step = f32x4.add(f32x4.mul(step, splat(clip)), f32x4.mul(old, splat(weightDecay)));
      old = f32x4.mul(old, splat(shrink));
    }
    const mean = f32x4.add(f32x4.mul(v128.load(at(m, i)), keepM), f32x4.mul(step, addM));
    let square = f32x4.add(f32x4.mul(v128.load(at(v, i)), keepV), f32x4.mul(f32x4.mul(step, step), addV));
    v128.store(at(m, i), mean);
    v128.store(at(v, i), square);
    if (vMax) {
      square = f32x4.max(square, v128.load(at(vMax, i)));
      v128.store(at(vMax, i), square);
    }
    const root = f32x4.add(f32x4.sqrt(square), least);
    v128.store(at(p, i), f32x4.sub(old, f32x4.div(f32x4.mul(rates, mean), root)));
  }
}

/**
 * s is the moving average of g² or, if centered (with `mean`), the moving variance of g. The variance is updated directly,
 * because mean(g²) − mean(g)² would lose its digits where a gradient hardly changes. step = g / (√s + ε), or with momentum
 * velocity = momentum · velocity + g / (√s + ε) and step = velocity; p −= rate · step.
 */
export function rmsprop(
  p: usize, g: usize, s: usize, mean: usize, velocity: usize, size: i32,
  clip: f32, rate: f32, weightDecay: f32, decay: f32, oneMinusDecay: f32, momentum: f32, epsilon: f32,
): void {
  for (let i = 0; i < size; i += 4) {
    const count = size - i;
    const old = v128.load(at(p, i));
    const gradient = penalised(g, old, clip, weightDecay, i);
    let centre = splat(0);
    let weight = oneMinusDecay;
    if (mean) {
      centre = v128.load(at(mean, i));
      weight = decay * oneMinusDecay;
      storeLanes(at(mean, i), blend(centre, decay, gradient, oneMinusDecay), count);
    }
    const distance = f32x4.sub(gradient, centre);
    const spread = blend(v128.load(at(s, i)), decay, f32x4.mul(distance, distance), weight);
    storeLanes(at(s, i), spread, count);
    let step = f32x4.div(gradient, f32x4.add(f32x4.sqrt(spread), splat(epsilon)));
    if (velocity) {
      step = f32x4.add(f32x4.mul(v128.load(at(velocity, i)), splat(momentum)), step);
      storeLanes(at(velocity, i), step, count);
    }
    storeLanes(at(p, i), f32x4.sub(old, f32x4.mul(splat(rate), step)), count);
  }
}

/** s += g²; p −= rate · g / (√s + ε) */
export function adagrad(
  p: usize, g: usize, s: usize, size: i32, clip: f32, rate: f32, weightDecay: f32, epsilon: f32,
): void {
  for (let i = 0; i < size; i += 4) {
    const old = v128.load(at(p, i));
    const gradient = penalised(g, old, clip, weightDecay, i);
    const total = f32x4.add(v128.load(at(s, i)), f32x4.mul(gradient, gradient));
    storeLanes(at(s, i), total, size - i);
    const step = f32x4.div(gradient, f32x4.add(f32x4.sqrt(total), splat(epsilon)));
    storeLanes(at(p, i), f32x4.sub(old, f32x4.mul(splat(rate), step)), size - i);
  }
}
