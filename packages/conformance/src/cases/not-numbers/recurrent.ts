/*
 * Tests of a recurrent layer with NaN in one gate's weights, in one row of the input, and in the incoming
 * gradients. An initial state is always given, because a kernel may skip the product with a zero state.
 */
import { lstm } from '@recurra/core';
import type { Differentiable } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { random } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { outputsOf, PLAIN_CELLS } from '../recurrent/plain-cells.js';
import { fusedAndComposed, nanAt, proves, provesOutputs, withNaN } from './proof.js';

const [TIME, BATCH, FEATURES, UNITS] = [3, 3, 2, 18];
const GATES: Readonly<Record<string, string>> = { rnn: 'h', lstm: 'ifgo', gru: 'rzn' };
const gatesOf = (cell: string) => GATES[cell.split(',')[0]];

function problemOf(cell: string, run: { lengths?: readonly number[]; goBackwards?: boolean } = {}) {
  const { goBackwards = false, lengths } = run;
  return layerProblem(PLAIN_CELLS[cell]({ units: UNITS, returnSequences: true, goBackwards }), {
    kind: 'sequence',
    shape: [TIME, BATCH, FEATURES],
    initialState: true,
    ...(lengths && { lengths }),
  });
}

/**
 * Puts NaN in one unit of one gate, in one weight at a time: inside a full SIMD vector, and in the remainder
 * after the last one.
 */
const ofGates: Case[] = Object.keys(PLAIN_CELLS).flatMap((cell) =>
  [...gatesOf(cell)].flatMap((gate, at) =>
    fusedAndComposed(`${cell}: NaN in the weights of gate ${gate}`, async (check, fused) => {
      const problem = problemOf(cell);
      const width = gatesOf(cell).length * UNITS;
      const weights = ['kernel', 'recurrentKernel', 'bias', 'recurrentBias'].filter(
        (name) => name in problem.variables,
      );
      for (const name of weights) {
        for (const unit of [2, UNITS - 1]) {
          const inUnit = (index: number) => index % width === at * UNITS + unit;
          await proves(check, withNaN(problem, name, inUnit), fused, `${name}, unit ${unit}`);
        }
      }
    }),
  ),
);

/** Puts NaN in the optional weights of an LSTM, and in a gate whose values are clipped. */
const ofOptions: Case[] = fusedAndComposed(
  'lstm with peepholes, a projection and a clip: NaN in its weights',
  async (check, fused) => {
    const layer = lstm({ units: UNITS, peepholes: true, projection: 5, clip: 1, returnSequences: true });
    const problem = layerProblem(layer, {
      kind: 'sequence',
      shape: [TIME, BATCH, FEATURES],
      initialState: true,
    });
    for (const name of ['peepholes', 'projection', 'kernel', 'bias'])
      for (const at of [2, UNITS + 2])
        await proves(
          check,
          withNaN(problem, name, (index) => index === at),
          fused,
          `${name} ${at}`,
        );
  },
);

const RUNS = [
  { what: 'all steps' },
  { what: 'goBackwards', goBackwards: true },
  { what: 'lengths', lengths: [2, 3, 1] },
  { what: 'lengths, goBackwards', lengths: [2, 3, 1], goBackwards: true },
];

/**
 * Puts NaN in row 1 alone, a row of full length: the outputs and gradients of the other rows must be numbers.
 */
const ofRows: Case[] = Object.keys(PLAIN_CELLS).flatMap((cell) =>
  fusedAndComposed(`${cell}: NaN in one row stays in that row, in both passes`, async (check, fused) => {
    for (const { what, ...run } of RUNS) {
      const problem = problemOf(cell, run);
      const rowOf = (width: number) => (index: number) => Math.floor(index / width) % BATCH === 1;
      for (const step of [0, 1, TIME - 1]) {
        const atStep = (index: number) => index === (step * BATCH + 1) * FEATURES;
        await proves(check, withNaN(problem, 'x', atStep), fused, `${what}, x at step ${step}`);
      }
      for (const name of Object.keys(problem.variables).filter((name) => name.startsWith('state')))
        await proves(check, withNaN(problem, name, rowOf(UNITS)), fused, `${what}, ${name}`);
    }
  }),
);

/**
 * Puts NaN in a shorter row, before and after its end: the outputs past its end are zeros, and the input
 * there changes nothing.
 */
const pastTheEnd: Case[] = Object.keys(PLAIN_CELLS).flatMap((cell) =>
  fusedAndComposed(`${cell}: NaN in a row that ends, and after its end`, async (check, fused) => {
    for (const goBackwards of [false, true]) {
      const problem = problemOf(cell, { lengths: [3, 2, 1], goBackwards });
      for (const step of [0, 2]) {
        const atStep = (index: number) => index === (step * BATCH + 1) * FEATURES;
        const what = `x at step ${step} of 2${goBackwards ? ', goBackwards' : ''}`;
        await provesOutputs(check, withNaN(problem, 'x', atStep), fused, what);
      }
    }
  }),
);

/**
 * Puts NaN in the gradient of one output, in row 1, and at steps past the rows' lengths, where it must be
 * ignored.
 */
const ofGradients: Case[] = Object.keys(PLAIN_CELLS).flatMap((cell) =>
  fusedAndComposed(`${cell}: NaN in the gradients of the outputs`, async (check, fused) => {
    for (const { what, ...run } of RUNS) {
      for (const output of outputsOf(cell)) {
        const inRow = (index: number) => index === UNITS + 2;
        await proves(check, seededWithNaN(problemOf(cell, run), output, inRow), fused, `${what}, ${output}`);
      }
      const { lengths } = run;
      if (!lengths) continue;
      const isPast = (index: number) =>
        Math.floor(index / (BATCH * UNITS)) >= lengths[Math.floor(index / UNITS) % BATCH];
      await proves(
        check,
        seededWithNaN(problemOf(cell, run), 'output0', isPast),
        fused,
        `${what}, past the lengths`,
      );
    }
  }),
);

/**
 * Makes the incoming gradient of one output NaN at some elements, by multiplying the output by a constant
 * with NaN there.
 */
function seededWithNaN(
  problem: Differentiable,
  output: string,
  where: (index: number) => boolean,
): Differentiable {
  return {
    ...problem,
    forward(tape, variables) {
      const outputs = problem.forward(tape, variables);
      const { shape } = outputs[output];
      const factor = nanAt(random(shape, 7, 0.5, 1), where);
      return { ...outputs, [output]: tape.mul(outputs[output], tape.constant(factor.data, shape)) };
    },
  };
}

export const recurrentNaN: Case[] = [...ofGates, ...ofOptions, ...ofRows, ...pastTheEnd, ...ofGradients];
