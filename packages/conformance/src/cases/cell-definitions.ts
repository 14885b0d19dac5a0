/*
 * The outputs and final states of minGru, minLstm and slstm against their equations in docs/semantics.md, computed on the host one
 * number after the other.
 */
import { minGru, minLstm, type RecurrentLayer, slstm } from '@recurra/core';
import { infer } from '../finite-differences.js';
import { type LayerRun, layerProblem } from '../layer-problem.js';
import { at, build, type Values } from '../numbers.js';
import type { Case } from '../suite.js';
import { ofDepth } from '../tolerance.js';

const group = 'laws/cells';
const [TIME, BATCH, INPUTS, UNITS] = [5, 3, 2, 4];
const LENGTHS = [5, 2, 0];

interface Options {
  readonly activation?: 'tanh' | 'linear';
  readonly heads?: number;
  readonly forgetGate?: 'sigmoid' | 'exponential';
}
type Make = (options: Options & { units: number; returnSequences: boolean }) => RecurrentLayer;

/** The functions that create the layers under test. */
export interface DefinedCells {
  readonly minGru: Make;
  readonly minLstm: Make;
  readonly slstm: Make;
}

/** The state of one row, as lists of its units. */
type State = readonly (readonly number[])[];
type Variables = Readonly<Record<string, Values>>;
/** One step of one row. @param gates x·W + b, gate by gate; @returns the new state, whose first list is the output */
type Step = (gates: readonly number[], state: State, variables: Variables, options: Options) => State;

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
/** log σ(x) */
const logSigmoid = (x: number) => (x >= 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x)));
const phi = (x: number, activation: Options['activation']) => (activation === 'tanh' ? Math.tanh(x) : x);
const units = Array.from({ length: UNITS }, (_, unit) => unit);

const STEPS: Readonly<Record<keyof DefinedCells, Step>> = {
  minGru: (gates, [h], _, { activation = 'linear' }) => [
    units.map((u) => {
      const z = sigmoid(gates[u]);
      return (1 - z) * h[u] + z * phi(gates[UNITS + u], activation);
    }),
  ],
  minLstm: (gates, [h], _, { activation = 'linear' }) => [
    units.map((u) => {
      // f / (f + i), from the logarithms of the gates.
      const forget = sigmoid(logSigmoid(gates[u]) - logSigmoid(gates[UNITS + u]));
      return forget * h[u] + (1 - forget) * phi(gates[2 * UNITS + u], activation);
    }),
  ],
  /** State: h, c / n, and the logarithm of n without a stabiliser; h alone is compared. */
  slstm: (gates, [h, mean, logN], { recurrentKernel }, options) => {
    const { activation = 'tanh', forgetGate = 'sigmoid', heads = 1 } = options;
    const size = UNITS / heads;
    const gate = (u: number, which: number) => {
      const head = Math.floor(u / size);
      let sum = gates[which * UNITS + u];
      for (let v = 0; v < size; v++)
        sum += h[head * size + v] * at(recurrentKernel, [head, v, which * size + (u % size)]);
      return sum;
    };
    const next = units.map((u) => {
      const logInput = gate(u, 0);
      const logForget = forgetGate === 'sigmoid' ? logSigmoid(gate(u, 1)) : gate(u, 1);
      // c / n is a mean of candidates: of the old mean by f · n, and of the new candidate by i.
      const kept = logN[u] + logForget;
      const share = sigmoid(logInput - kept);
      const value = (1 - share) * mean[u] + share * phi(gate(u, 2), activation);
      const most = Math.max(kept, logInput);
      return [
        sigmoid(gate(u, 3)) * value,
        value,
        most + Math.log(Math.exp(kept - most) + Math.exp(logInput - most)),
      ];
    });
    return [0, 1, 2].map((i) => next.map((state) => state[i]));
  },
};

/** y [T, B, H] and h [B, H] of a layer that starts from `start`. */
function define(cell: keyof DefinedCells, variables: Variables, options: Options): { y: Values; h: Values } {
  const { x, kernel, bias } = variables;
  const y = new Map<string, number>();
  const rows = LENGTHS.map((length, row) => {
    const start = variables.state0 && units.map((u) => at(variables.state0, [row, u]));
    let state: State = [start ?? units.map(() => 0), units.map(() => 0), units.map(() => -Infinity)];
    for (let t = 0; t < length; t++) {
      const gates = Array.from({ length: kernel.shape[1] }, (_, column) => {
        let sum = bias.data[column];
        for (let i = 0; i < INPUTS; i++) sum += at(x, [t, row, i]) * at(kernel, [i, column]);
        return sum;
      });
      state = STEPS[cell](gates, state, variables, options);
      for (const u of units) y.set(`${t} ${row} ${u}`, state[0][u]);
    }
    return state[0];
  });
  return {
    y: build([TIME, BATCH, UNITS], ([t, row, u]) => y.get(`${t} ${row} ${u}`) ?? 0),
    h: build([BATCH, UNITS], ([row, u]) => rows[row][u]),
  };
}

const OPTIONS: Readonly<Record<keyof DefinedCells, readonly Options[]>> = {
  minGru: [{}, { activation: 'tanh' }],
  minLstm: [{}, { activation: 'tanh' }],
  slstm: [{}, { heads: 2 }, { heads: 4, forgetGate: 'exponential' }, { activation: 'linear' }],
};

/** Gates around 0, gates that are far from it, and gates whose exponentials are too large for float64, or too small. */
const REACHES = [1, 20, 2000];

export function cellDefinitions(cells: DefinedCells = { minGru, minLstm, slstm }): Case[] {
  return (Object.keys(cells) as (keyof DefinedCells)[]).flatMap((cell) =>
    REACHES.map((reach) => ({
      group,
      name: `${cell}: inputs up to ${reach}`,
      async run(check) {
        for (const [seed, options] of OPTIONS[cell].entries()) {
          const layer = cells[cell]({ units: UNITS, returnSequences: true, ...options });
          const run: LayerRun = { kind: 'sequence', shape: [TIME, BATCH, INPUTS], lengths: LENGTHS };
          // A state of slstm is more than what is compared here.
          const initialState = cell !== 'slstm';
          const problem = layerProblem(layer, { ...run, initialState, reach, seed });
          const expected = define(cell, problem.variables, options);
          const actual = await infer(check.tape(), problem);
          const near = (what: string, values: Values, right: Values) =>
            check.near(
              `${JSON.stringify(options)}: ${what} `,
              values,
              right,
              // A gate's argument is a sum of numbers up to `reach`, and so is off by as much.
              ofDepth(right.data, { ...problem.depth, terms: problem.depth.terms + reach }, check.precision),
            );
          near('y', actual.output0, expected.y);
          near('h', actual['final state0'], expected.h);
        }
      },
    })),
  );
}
