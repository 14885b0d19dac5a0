/*
 * Connectionist temporal classification (Graves et al. 2006, section 4): for each row −log of the probability that its labels
 * are read from its frames. T frames, B rows, C classes, L labels. Rows do not depend on each other, and the threads share them.
 *
 * The variables α and β of a frame are logarithms, in two halves of `width` elements each: element i of the first half is of
 * label i − 1 (element 0 of no label), and element i of the second half of the blank after that label. So vectors of four
 * elements follow from the same vectors of the frame before (β: after), and one neighbour. Each step subtracts the largest
 * element of the step before, because otherwise α and β, and with them the errors of float32, would grow with T.
 */
import { CtcArgs, ROW_SCRATCH } from './abi.generated';
import { logAdd, logAdd3, LOG_ZERO } from './log-space';
import { exp } from './math';
import { rowMaximum } from './reduce';
import { logTotal } from './softmax';
import { beginLoop, chunkEnd, chunkStart, nextChunk } from './thread-pool';
import { at, laneMax, laneSum, nextLanes, previousLanes, splat, storeLanes } from './vector';

/** Computes the losses [B] and, for the backward pass, `alphas` and `totals`. */
export function ctcForward(args: CtcArgs): void {
  for (let more = beginLoop(args.batch); more; more = nextChunk()) {
    for (let row = chunkStart; row < chunkEnd; row++) rowForward(args, row);
  }
}

/** Computes dLogits [T, B, C] = dLoss · (softmax(logits) − the probability that the frame is read as the class, given the labels). */
export function ctcBackward(args: CtcArgs): void {
  for (let more = beginLoop(args.batch); more; more = nextChunk()) {
    for (let row = chunkStart; row < chunkEnd; row++) rowBackward(args, row);
  }
}

function rowForward(args: CtcArgs, row: i32): void {
  const length = <i32>load<f32>(at(args.lengths, row));
  const labels = <i32>load<f32>(at(args.targetLengths, row));
  const width = args.width;
  prepareRow(args, row, labels);
  let alpha = rowAlpha(args, row);
  fillLogZero(alpha, 2 * width);
  store<f32>(at(alpha, width), 0);
  let shift: f32 = 0;
  let shifts: f64 = 0;
  for (let t = 0; t < length; t++) {
    const x = frame(args, args.logits, row, t);
    const largest = rowMaximum(x, args.classes);
    const total = logTotal(x, args.classes, largest);
    if (args.savesAlphas) {
      store<f32>(frameTotals(args, row, t), largest);
      store<f32>(frameTotals(args, row, t), total, 4);
    }
    const emission = emit(args, row, x, largest, total + shift, labels);
    shifts += shift;
    const from = alpha;
    if (args.savesAlphas) alpha = at(alpha, 2 * width);
    shift = stepForward(args, row, from, alpha, emission, labels);
  }
  const ends = logAdd(v128.load32_splat(at(alpha, labels)), v128.load32_splat(at(alpha, width + labels)));
  store<f32>(at(args.losses, row), <f32>(0 - (<f64>f32x4.extract_lane(ends, 0) + shifts)));
}

/** Computes α at `to` from that of the frame before at `from`; `emission` is the blank's. @returns the largest element */
function stepForward(args: CtcArgs, row: i32, from: usize, to: usize, emission: f32, labels: i32): f32 {
  const width = args.width;
  const emissions = rowEmissions(args, row);
  const skips = rowSkips(args, row);
  let labelsBefore = splat(LOG_ZERO);
  let blanksBefore = splat(LOG_ZERO);
  let largest = splat(-Infinity);
  for (let i = 0; i <= labels; i += 4) {
    const ofLabels = v128.load(at(from, i));
    const ofBlanks = v128.load(at(from, width + i));
    const skip = f32x4.add(previousLanes(labelsBefore, ofLabels), v128.load(at(skips, i)));
    const paths = logAdd3(ofLabels, previousLanes(blanksBefore, ofBlanks), skip);
    const newLabels = f32x4.add(paths, v128.load(at(emissions, i)));
    const newBlanks = f32x4.add(logAdd(ofBlanks, ofLabels), splat(emission));
    v128.store(at(to, i), newLabels);
    v128.store(at(to, width + i), newBlanks);
    largest = f32x4.max(largest, f32x4.max(newLabels, newBlanks));
    labelsBefore = ofLabels;
    blanksBefore = ofBlanks;
  }
  return laneMax(largest);
}

function rowBackward(args: CtcArgs, row: i32): void {
  const length = <i32>load<f32>(at(args.lengths, row));
  const labels = <i32>load<f32>(at(args.targetLengths, row));
  const width = args.width;
  for (let t = length; t < args.time; t++) {
    memory.fill(frame(args, args.dLogits, row, t), 0, <usize>args.classes << 2);
  }
  prepareRow(args, row, labels);
  const beta = rowBeta(args, row);
  fillLogZero(beta, 2 * width);
  store<f32>(at(beta, labels), 0);
  store<f32>(at(beta, width + labels), 0);
  let shift: f32 = 0;
  for (let t = length - 1; t >= 0; t--) {
    const x = frame(args, args.logits, row, t);
    const largest = load<f32>(frameTotals(args, row, t));
    const total = load<f32>(frameTotals(args, row, t), 4);
    frameGradient(args, row, t, largest, total, labels);
    const emission = emit(args, row, x, largest, total + shift, labels);
    shift = stepBackward(args, row, emission, labels);
  }
}

/** Replaces β, of the paths after frame t, with that of frame t and after; `emission` is the blank's. @returns the largest element */
function stepBackward(args: CtcArgs, row: i32, emission: f32, labels: i32): f32 {
  const width = args.width;
  const emissions = rowEmissions(args, row);
  const skips = rowSkips(args, row);
  const beta = rowBeta(args, row);
  let labelsAfter = splat(LOG_ZERO);
  let skipsAfter = splat(LOG_ZERO);
  let largest = splat(-Infinity);
  for (let i = labels & ~3; i >= 0; i -= 4) {
    const ofLabels = f32x4.add(v128.load(at(beta, i)), v128.load(at(emissions, i)));
    const ofBlanks = f32x4.add(v128.load(at(beta, width + i)), splat(emission));
    const skip = f32x4.add(ofLabels, v128.load(at(skips, i)));
    const newLabels = logAdd3(ofLabels, ofBlanks, nextLanes(skip, skipsAfter));
    const newBlanks = logAdd(ofBlanks, nextLanes(ofLabels, labelsAfter));
    v128.store(at(beta, i), newLabels);
    v128.store(at(beta, width + i), newBlanks);
    largest = f32x4.max(largest, f32x4.max(newLabels, newBlanks));
    labelsAfter = ofLabels;
    skipsAfter = skip;
  }
  return laneMax(largest);
}

/** The gradient of frame t. The probability of an element is e^(α + β), divided by their sum; a class may have several. */
function frameGradient(args: CtcArgs, row: i32, t: i32, largest: f32, total: f32, labels: i32): void {
  const width = args.width;
  const alpha = at(rowAlpha(args, row), 2 * width * (t + 1));
  const beta = rowBeta(args, row);
  let maximum = splat(-Infinity);
  for (let i = 0; i <= labels; i += 4) {
    const ofLabels = f32x4.add(v128.load(at(alpha, i)), v128.load(at(beta, i)));
    const ofBlanks = f32x4.add(v128.load(at(alpha, width + i)), v128.load(at(beta, width + i)));
    maximum = f32x4.max(maximum, f32x4.max(ofLabels, ofBlanks));
  }
  maximum = splat(laneMax(maximum));
  const shares = rowShares(args, row);
  let labelSum = splat(0);
  let blankSum = splat(0);
  for (let i = 0; i <= labels; i += 4) {
    const ofLabels = f32x4.add(v128.load(at(alpha, i)), v128.load(at(beta, i)));
    const ofBlanks = f32x4.add(v128.load(at(alpha, width + i)), v128.load(at(beta, width + i)));
    const share = exp(f32x4.sub(ofLabels, maximum));
    v128.store(at(shares, i), share);
    labelSum = f32x4.add(labelSum, share);
    blankSum = f32x4.add(blankSum, exp(f32x4.sub(ofBlanks, maximum)));
  }

  const x = frame(args, args.logits, row, t);
  const dx = frame(args, args.dLogits, row, t);
  const dLoss = load<f32>(at(args.dLosses, row));
  for (let i = 0; i < args.classes; i += 4) {
    const logProbability = f32x4.sub(f32x4.sub(v128.load(at(x, i)), splat(largest)), splat(total));
    storeLanes(at(dx, i), f32x4.mul(exp(logProbability), splat(dLoss)), args.classes - i);
  }
  const factor = dLoss / laneSum(f32x4.add(labelSum, blankSum));
  subtract(at(dx, args.blank), factor * laneSum(blankSum));
  for (let i = 1; i <= labels; i++) subtract(at(dx, labelOf(args, row, i)), factor * load<f32>(at(shares, i)));
}

/** Writes what is the same for all frames: the emissions of elements without a label, and the skips. */
function prepareRow(args: CtcArgs, row: i32, labels: i32): void {
  fillLogZero(rowEmissions(args, row), args.width);
  const skips = rowSkips(args, row);
  fillLogZero(skips, args.width);
  // A label may follow the label before it directly, without a blank, if they differ.
  for (let i = 2; i <= labels; i++) {
    if (labelOf(args, row, i) != labelOf(args, row, i - 1)) store<f32>(at(skips, i), 0);
  }
}

/** Writes the emissions x[label] − largest − total of the labels of a row, from the frame x [C]. @returns that of the blank */
function emit(args: CtcArgs, row: i32, x: usize, largest: f32, total: f32, labels: i32): f32 {
  const emissions = rowEmissions(args, row);
  for (let i = 1; i <= labels; i++) {
    store<f32>(at(emissions, i), emission(x, labelOf(args, row, i), largest, total));
  }
  return emission(x, args.blank, largest, total);
}

@inline
function emission(x: usize, label: i32, largest: f32, total: f32): f32 {
  return max(load<f32>(at(x, label)) - largest - total, LOG_ZERO);
}

/** The class of element i, from 1 to the number of labels. */
@inline
function labelOf(args: CtcArgs, row: i32, i: i32): i32 {
  return <i32>load<f32>(at(args.targets, row * args.labels + i - 1));
}

/** Frame t of a row of an array [T, B, C]. */
@inline
function frame(args: CtcArgs, array: usize, row: i32, t: i32): usize {
  return at(array, (t * args.batch + row) * args.classes);
}

/** The largest logit of a frame, and log Σ exp(logit − largest). */
@inline
function frameTotals(args: CtcArgs, row: i32, t: i32): usize {
  return at(args.totals, 2 * (row * args.time + t));
}

/** α [2·width] of a row before the first frame; those after each frame follow, if they are saved. */
@inline
function rowAlpha(args: CtcArgs, row: i32): usize {
  return at(args.alphas, row * 2 * args.width * (args.savesAlphas ? args.time + 1 : 1));
}

/** [width]: the log probability of each label in this frame, less the shift. */
@inline
function rowEmissions(args: CtcArgs, row: i32): usize {
  return at(args.scratch, row * ROW_SCRATCH * args.width);
}

/** [width]: 0 if a label may follow the one before it without a blank, else LOG_ZERO. */
@inline
function rowSkips(args: CtcArgs, row: i32): usize {
  return at(args.scratch, (row * ROW_SCRATCH + 1) * args.width);
}

/** [width]: the probability of each label in this frame given all labels, not normalised. */
@inline
function rowShares(args: CtcArgs, row: i32): usize {
  return at(args.scratch, (row * ROW_SCRATCH + 2) * args.width);
}

/** [2·width] */
@inline
function rowBeta(args: CtcArgs, row: i32): usize {
  return at(args.scratch, (row * ROW_SCRATCH + 3) * args.width);
}

/** x [size] = LOG_ZERO, in whole vectors. */
@inline
function fillLogZero(x: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) v128.store(at(x, i), splat(LOG_ZERO));
}

@inline
function subtract(p: usize, x: f32): void {
  store<f32>(p, load<f32>(p) - x);
}
