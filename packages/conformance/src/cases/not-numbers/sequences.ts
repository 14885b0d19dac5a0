/* Tests with NaN in a scan and in CTC losses: in a step, in a state, in a gradient, and in padding, which changes nothing. */
import { ctcProblem } from '../../ctc-problem.js';
import type { Differentiable } from '../../finite-differences.js';
import { random } from '../../numbers.js';
import { scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';
import { fusedAndComposed, nanAt, proves, withNaN } from './proof.js';

const [TIME, BATCH, UNITS] = [4, 3, 5];
const LENGTHS = [4, 2, 0];

/** Element (t, b, i) of a tensor of so many steps and rows. */
const element = (width: number, t: number, b: number, i: number) => (index: number) =>
  index === (t * BATCH + b) * width + i;
const past = (width: number, lengths: readonly number[]) => (index: number) =>
  Math.floor(index / (BATCH * width)) >= lengths[Math.floor(index / width) % BATCH];

/** The gradient of one output is NaN at some elements. */
function seeded(problem: Differentiable, output: string, where: (index: number) => boolean): Differentiable {
  return {
    ...problem,
    define: undefined,
    forward(tape, variables) {
      const outputs = problem.forward(tape, variables);
      const factor = nanAt(random(outputs[output].shape, 7, 0.5, 1), where);
      const scale = tape.constant(factor.data, factor.shape);
      return { ...outputs, [output]: tape.mul(outputs[output], scale) };
    },
  };
}

const scans: Case[] = [false, true].flatMap((reverse) =>
  fusedAndComposed(
    `scan${reverse ? ', reverse' : ''}: NaN in a step, the initial state, the gradients, and past the lengths`,
    async (check, fused) => {
      const problem = scanProblem({
        shape: [TIME, BATCH, UNITS],
        lengths: LENGTHS,
        initialState: true,
        reverse,
      });
      for (const name of ['a', 'b']) {
        for (const step of [0, 1]) {
          const where = element(UNITS, step, 1, UNITS - 1);
          await proves(check, withNaN(problem, name, where), fused, `${name} at step ${step} of 2`);
        }
        await proves(check, withNaN(problem, name, past(UNITS, LENGTHS)), fused, `${name} past the lengths`);
      }
      await proves(check, withNaN(problem, 'h0', element(UNITS, 0, 0, 2)), fused, 'h0');
      await proves(
        check,
        withNaN(problem, 'h0', element(UNITS, 0, 2, 1)),
        fused,
        'h0 of a row without steps',
      );
      await proves(check, seeded(problem, 'y', element(UNITS, 1, 0, 3)), fused, 'dy');
      await proves(check, seeded(problem, 'y', past(UNITS, LENGTHS)), fused, 'dy past the lengths');
      await proves(
        check,
        seeded(problem, 'state', element(UNITS, 0, 1, 3)),
        fused,
        'the gradient of the state',
      );
    },
  ),
);

const CLASSES = 4;
const FRAMES = [4, 3, 0];
const losses = ctcProblem({
  shape: [TIME, BATCH, CLASSES],
  labels: [[1, 2], [3], []],
  lengths: FRAMES,
});
/**
 * Only the first frame is differentiated: in the others of a row whose loss is NaN, a class that is not one of its labels may
 * have a gradient that is a number.
 */
const firstFrame: Differentiable = {
  variables: { first: random([1, BATCH, CLASSES], 1), others: random([TIME - 1, BATCH, CLASSES], 2) },
  fixed: ['others'],
  depth: losses.depth,
  forward: (tape, { first, others }) => losses.forward(tape, { logits: tape.concat([first, others], 0) }),
};

const ctc: Case[] = fusedAndComposed(
  'ctc: NaN in a frame, in a gradient, and past the lengths',
  async (check, fused) => {
    await proves(check, withNaN(firstFrame, 'first', element(CLASSES, 0, 1, 0)), fused, 'a logit');
    await proves(check, withNaN(losses, 'logits', past(CLASSES, FRAMES)), fused, 'past the lengths');
    await proves(
      check,
      seeded(losses, 'losses', (index) => index === 1),
      fused,
      'the gradient of a loss',
    );
  },
);

export const sequenceNaN: Case[] = [...scans, ...ctc];
