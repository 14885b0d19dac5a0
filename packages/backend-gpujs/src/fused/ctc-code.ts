import type { NativeFunction } from '../gpu.js';
import { loopBound } from '../kernels.js';
import { FLAT } from '../strides.js';

/**
 * Probabilities of many steps underflow float32, and their logarithms lose digits. So a number is stored as m · 2ᵉ, in two
 * channels, with m = 0 or 1 ≤ m < 2. `sizes` is (B, C, L, blank); the states of a row are blank, label 1, blank, …, blank.
 */
const SCALED = `
vec2 scaled(float m, float e) {
  if (m >= 8.0) { return vec2(m * 0.125, e + 3.0); }
  if (m >= 4.0) { return vec2(m * 0.25, e + 2.0); }
  if (m >= 2.0) { return vec2(m * 0.5, e + 1.0); }
  return vec2(m, e);
}
float shareOf(vec2 a, float e) { return a.y < e - 100.0 ? 0.0 : a.x * exp2(a.y - e); }
vec2 sumOfThree(vec2 a, vec2 b, vec2 c) {
  float e = max(a.y, max(b.y, c.y));
  return vec2(shareOf(a, e) + shareOf(b, e) + shareOf(c, e), e);
}
vec2 unless(float absent, vec2 a) { return absent > 0.5 ? vec2(0.0, -1.0e9) : a; }
`;

const FOUR = 'Array(4)';
const NUMBER = 'Number';

/** The new alpha of a state from those of the states that it follows, of which the last two may be absent. */
export const ADVANCE: NativeFunction = {
  name: 'advance',
  source: `${SCALED}
vec4 advance(vec4 a, vec4 b, vec4 c, float noB, float noC, vec2 p) {
  vec2 sum = sumOfThree(a.xy, unless(noB, b.xy), unless(noC, c.xy));
  return vec4(scaled(sum.x * p.x, sum.y + p.y), 0.0, 0.0);
}`,
  returnType: FOUR,
  argumentTypes: { a: FOUR, b: FOUR, c: FOUR, noB: NUMBER, noC: NUMBER, p: 'Array(2)' },
};

/**
 * The probability of all labels with a state at a step, from its alpha, and in the last two channels that of the frames from the
 * step on. `last` is above 0 at a row's last step: 1 for a state with which its labels may end, else 2.
 */
export const RETREAT: NativeFunction = {
  name: 'retreat',
  source: `${SCALED}
vec4 retreat(vec4 alpha, vec4 a, vec4 b, vec4 c, vec3 absent, vec2 p) {
  vec2 beta = sumOfThree(a.zw, unless(absent.x, b.zw), unless(absent.y, c.zw));
  if (absent.z > 0.5) { beta = unless(absent.z - 1.0, vec2(1.0, 0.0)); }
  return vec4(scaled(alpha.x * beta.x, alpha.y + beta.y), scaled(beta.x * p.x, beta.y + p.y));
}`,
  returnType: FOUR,
  argumentTypes: { alpha: FOUR, a: FOUR, b: FOUR, c: FOUR, absent: 'Array(3)', p: 'Array(2)' },
};

/** m · 2^(e' − e) of a texel (m, e', …). */
export const SHARE: NativeFunction = {
  name: 'share',
  source: `${SCALED}
float share(vec4 a, float e) { return shareOf(a.xy, e); }`,
  returnType: NUMBER,
  argumentTypes: { a: FOUR, e: NUMBER },
};

/** For state s of a row: its class, the frame of step t, and the probability of the class in it, m · 2ᵉ. */
const STATE = `
  var i = ${FLAT};
  var count = 2 * sizes[2] + 1;
  var y = quotient(i, count);
  var s = i - y * count;
  var at = y * count + s;
  var row = Math.min(y, sizes[0] - 1);
  var label = quotient(s, 2);
  var isLabel = s - 2 * label;
  var own = sizes[3];
  if (isLabel === 1) { own = targets[row * sizes[2] + label]; }
  var frame = t * sizes[0] + row;
  var logProbability = logits[frame * sizes[1] + own] - normalizers[frame];
  var e = Math.floor(logProbability * ${Math.LOG2E});
  var m = keepNaN(logProbability, Math.exp(logProbability - e * ${Math.LN2}));
  if (logProbability < -100000000) {
    e = -1000000000.0;
    m = 0.0;
  }`;

/** log Σ exp of each frame: logits [T, B, C] → [T, B] */
export const normalizersCode = (classes: number) => `function (logits, classes) {
  var first = (${FLAT}) * classes;
  var largest = logits[first];
  for (var c = 1; c < ${loopBound(classes)}; c++) {
    if (c >= classes) { break; }
    largest = maximum(largest, logits[first + c]);
  }
  var sum = 0.0;
  for (var c = 0; c < ${loopBound(classes)}; c++) {
    if (c >= classes) { break; }
    sum = sum + safeExp(logits[first + c] - largest);
  }
  return largest + safeLog(sum);
}`;

/** Before the first step: only the first state is possible. → [B, S] texels */
export const START = `function () {
  if (this.thread.x === 0) { return [1, 0, 0, 0]; }
  return [0, -1000000000, 0, 0];
}`;

/** One step of alpha: before [B, S] texels → [B, S] texels */
export const FORWARD = `function (before, logits, normalizers, targets, sizes, t) {
  ${STATE}
  var noOne = 0.0;
  if (s < 1) { noOne = 1.0; }
  var noTwo = 1.0;
  if (isLabel === 1) {
    if (label > 0) {
      var previous = targets[row * sizes[2] + label - 1];
      noTwo = choose(previous - own, 0, 1);
    }
  }
  var oneAt = Math.max(at - 1, 0);
  var twoAt = Math.max(at - 2, 0);
  var zero = before[at];
  var one = before[oneAt];
  var two = before[twoAt];
  return advance(zero, one, two, noOne, noTwo, [m, e]);
}`;

/** alphas [T · B, S] texels → losses [B] */
export const LOSSES = `function (alphas, lengths, targetLengths, sizes) {
  var row = ${FLAT};
  var length = lengths[row];
  if (length === 0) { return 0; }
  var last = ((length - 1) * sizes[0] + row) * (2 * sizes[2] + 1) + 2 * targetLengths[row];
  var blank = alphas[last];
  var labelAt = Math.max(last - 1, 0);
  var label = alphas[labelAt];
  var e = blank[1];
  if (targetLengths[row] > 0) { e = Math.max(blank[1], label[1]); }
  var total = share(blank, e);
  if (targetLengths[row] > 0) { total = total + share(label, e); }
  return -safeLog(total) - e * ${Math.LN2};
}`;

/** One step back: alphas [T · B, S] texels, after [B, S] texels → [B, S] texels. See {@link RETREAT}. */
export const BACKWARD = `function (alphas, after, logits, normalizers, targets, lengths, targetLengths, sizes, t) {
  ${STATE}
  var noOne = 0.0;
  if (s + 1 >= count) { noOne = 1.0; }
  var noTwo = 1.0;
  if (isLabel === 1) {
    if (label + 1 < sizes[2]) {
      var next = targets[row * sizes[2] + label + 1];
      noTwo = choose(next - own, 0, 1);
    }
  }
  var last = 0.0;
  if (t >= lengths[row] - 1) {
    last = 2.0;
    var past = 2 * targetLengths[row] - s;
    if (past === 0) { last = 1.0; }
    if (past === 1) { last = 1.0; }
  }
  var alpha = alphas[frame * count + s];
  var zero = after[at];
  var one = after[at + 1];
  var two = after[at + 2];
  return retreat(alpha, zero, one, two, [noOne, noTwo, last], [m, e]);
}`;

/** states [T · B, S] texels → [T · B] texels: the largest exponent, the sum of all states, and that of the blanks. */
export const totalsCode = (states: number) => `function (states, count) {
  var first = (${FLAT}) * count;
  var e = -2000000000.0;
  for (var s = 0; s < ${loopBound(states)}; s++) {
    if (s >= count) { break; }
    var state = states[first + s];
    e = Math.max(e, state[1]);
  }
  var total = 0.0;
  var blank = 0.0;
  for (var k = 0; k < ${loopBound(states)}; k++) {
    if (k >= count) { break; }
    var texel = states[first + k];
    var part = share(texel, e);
    total = total + part;
    blank = blank + choose(k - 2 * quotient(k, 2), 0, part);
  }
  return [e, total, blank, 0];
}`;

/** dLogits [T, B, C], zero past a row's length: the softmax less the share of the class's states. */
export const gradientCode = (
  labels: number,
) => `function (states, totals, logits, normalizers, targets, lengths, dLosses, sizes) {
  var i = ${FLAT};
  var frame = quotient(i, sizes[1]);
  var own = i - frame * sizes[1];
  var t = quotient(frame, sizes[0]);
  var row = frame - t * sizes[0];
  if (t >= lengths[row]) { return 0; }
  var all = totals[frame];
  var sum = 0.0;
  if (own === sizes[3]) { sum = all[2]; }
  for (var k = 0; k < ${loopBound(labels)}; k++) {
    if (k >= sizes[2]) { break; }
    var other = targets[row * sizes[2] + k];
    var texel = states[frame * (2 * sizes[2] + 1) + 2 * k + 1];
    sum = sum + choose(other - own, 0, share(texel, all[0]));
  }
  return dLosses[row] * (safeExp(logits[i] - normalizers[frame]) - sum / all[1]);
}`;
