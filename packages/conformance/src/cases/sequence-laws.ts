/* Laws of the scan and of the CTC losses: equations that are simpler than their algorithms. */
import { ctcProblem } from '../ctc-problem.js';
import { differentiate, infer } from '../finite-differences.js';
import { framesOf } from '../golden-ctc.js';
import { rearranged } from '../laws.js';
import type { Values } from '../numbers.js';
import { scanProblem } from '../scan-problem.js';
import type { Case } from '../suite.js';
import { ofDepth } from '../tolerance.js';

const group = 'laws/sequences';

/** The logarithm of the softmax of frame t of row 0. */
function logsOf({ data, shape: [, batch, classes] }: Values, t: number): number[] {
  const frame = Array.from({ length: classes }, (_, c) => data[t * batch * classes + c]);
  const total = Math.log(frame.reduce((sum, value) => sum + Math.exp(value), 0));
  return frame.map((value) => value - total);
}

/** The labels that a path of classes is read as: repeats are joined, then blanks, here 0, are left out. */
function readingOf(path: readonly number[]): number[] {
  return path.filter((label, t) => label !== path[t - 1]).filter((label) => label !== 0);
}

/** Every list of `length` classes. */
function listsOf(classes: readonly number[], length: number): number[][] {
  if (length === 0) return [[]];
  return listsOf(classes, length - 1).flatMap((list) => classes.map((label) => [...list, label]));
}

/** The labels leave no choice: each frame is a label, or the blank between two that are equal. */
const onePath: Case = {
  group,
  name: 'ctc: labels that only one path is read as have the loss of this path',
  async run(check) {
    for (const labels of [[1, 2, 3, 1], [2], [1, 1], [3, 3, 3], [2, 1, 1, 3]]) {
      const path = labels.flatMap((label, i) => (label === labels[i - 1] ? [0, label] : [label]));
      const problem = ctcProblem({ shape: [path.length, 1, 4], labels: [labels], seed: labels.length });
      const { outputs, gradients } = await differentiate(check.tape(), problem);
      const { logits } = problem.variables;
      const logs = path.map((_, t) => logsOf(logits, t));
      const losses = { shape: [1], data: [-path.reduce((sum, label, t) => sum + logs[t][label], 0)] };
      const bound = ofDepth(losses.data, problem.depth, check.precision);
      check.near(`the loss of ${labels} `, outputs.losses, losses, bound);
      // The gradient of each frame is its softmax minus 1 at its class, and so adds up to 0.
      const sums = path.map((_, t) =>
        [0, 1, 2, 3].reduce((sum, c) => sum + gradients.logits.data[4 * t + c], 0),
      );
      const zeros = { shape: [path.length], data: path.map(() => 0) };
      const small = ofDepth([1], problem.depth, check.precision);
      check.near(`the sum of the gradient of ${labels} `, { shape: [path.length], data: sums }, zeros, small);
    }
  },
};

/** Every row has the same logits, and each has other labels: all that can be read from so many frames. */
const everyPath: Case = {
  group,
  name: 'ctc: the probability of labels is the sum over all paths that are read as them, and all together are 1',
  async run(check) {
    for (const [time, classes] of [
      [1, 4],
      [3, 4],
      [5, 3],
    ]) {
      const letters = Array.from({ length: classes - 1 }, (_, i) => i + 1);
      const labels = Array.from({ length: time + 1 }, (_, length) => listsOf(letters, length))
        .flat()
        .filter((list) => framesOf(list) <= time);
      const shape = [time, labels.length, classes] as const;
      const problem = ctcProblem({ shape, labels, seed: time });
      const logits = rearranged(problem.variables.logits, shape, ([t, , c]) => [t, 0, c]);
      const { losses } = await infer(check.tape(), { ...problem, variables: { logits } });

      const logs = Array.from({ length: time }, (_, t) => logsOf(logits, t));
      const sums = new Map<string, number>();
      for (const path of listsOf([0, ...letters], time)) {
        const reading = readingOf(path).join();
        const probability = Math.exp(path.reduce((sum, label, t) => sum + logs[t][label], 0));
        sums.set(reading, (sums.get(reading) ?? 0) + probability);
      }
      check.same('the number of readings', labels.length, sums.size);
      const expected = labels.map((list) => -Math.log(sums.get(list.join()) as number));
      const bound = ofDepth(expected, problem.depth, check.precision);
      check.near(
        `${time} frames: the loss of row `,
        losses,
        { shape: [labels.length], data: expected },
        bound,
      );
      const total = Array.from(losses.data).reduce((sum, loss) => sum + Math.exp(-loss), 0);
      const one = { shape: [1], data: [1] };
      check.near(
        'the sum of all probabilities ',
        { shape: [1], data: [total] },
        one,
        ofDepth(one.data, { ...problem.depth, terms: labels.length + problem.depth.terms }, check.precision),
      );
    }
  },
};

/** The state after one chunk is that before the next. */
const chunks: Case = {
  group,
  name: 'scan: in chunks, it equals the whole',
  async run(check) {
    const shape = [65, 3, 5] as const;
    const [, batch, units] = shape;
    const whole = scanProblem({ shape, initialState: true });
    const expected = await infer(check.tape(), whole);
    let h0 = whole.variables.h0;
    let start = 0;
    for (const count of [1, 31, 33]) {
      const part = (x: Values) =>
        rearranged(x, [count, batch, units], ([t, ...rest]) => [t + start, ...rest]);
      const { a, b } = whole.variables;
      const problem = scanProblem({ shape: [count, batch, units], initialState: true });
      const { y, state } = await infer(check.tape(), {
        ...problem,
        variables: { a: part(a), b: part(b), h0 },
      });
      const right = part(expected.y);
      check.near(`steps from ${start} `, y, right, ofDepth(right.data, whole.depth, check.precision));
      h0 = state;
      start += count;
    }
    const bound = ofDepth(expected.state.data, whole.depth, check.precision);
    check.near('the final state ', h0, expected.state, bound);
  },
};

export const lawsOfSequences: Case[] = [onePath, everyPath, chunks];
