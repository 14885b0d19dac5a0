import {
  activationKind,
  beyondPlainCell,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentSpec,
  type Tensor,
} from '@recurra/core';
import { cellOf } from './cells.js';
import type { Arrays, Columns } from './memory.js';
import { type Share, walkRunner } from './team.js';
import { WALK } from './walk.js';

/** A recurrent layer over a whole sequence: memory for one walk of a kernel, forward or back. */
export function recurrent(arrays: Arrays, share: Share): RecurrentKernel {
  const { kernels, at, create, panels, work } = arrays;
  const walkAddress = kernels.walkAddress();
  const runWalk = walkRunner(arrays, share);

  /** The walk's fields, with those that both ways need filled in. Asked for last: memory that grows leaves it behind. */
  const startWalk = (spec: RecurrentSpec, { x, lengths }: RecurrentInputs, y: Tensor) => {
    const walk = arrays.words(walkAddress);
    walk[WALK.time] = spec.time;
    walk[WALK.batch] = spec.batch;
    walk[WALK.inputSize] = spec.inputSize;
    walk[WALK.units] = spec.units;
    walk[WALK.reverse] = Number(spec.reverse);
    walk[WALK.relu] = Number(activationKind(spec.activation) === 'relu');
    walk[WALK.lengths] = addressOf(lengths);
    walk[WALK.x] = at(x);
    walk[WALK.y] = at(y);
    return walk;
  };
  const addressOf = (x: Tensor | undefined) => (x ? at(x) : 0);

  /** A copy of `x` at `to`, or zeros where there is no x. */
  const start = (x: Tensor | undefined, to: number, size: number) => {
    if (x) kernels.copy(at(x), 0, 0, 0, 1, to, 0, 0, 0, 1, 1, 1, 1, size);
    else kernels.fill(to, 0, size);
  };

  return {
    declines: beyondPlainCell,

    forward: (spec, inputs) =>
      work((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, units, training } = spec;
        const width = cell.gates * units;
        const { kernel, recurrentKernel, bias, recurrentBias } = inputs.weights;

        const y = create([time, batch, units]);
        const state: Tensor[] = [];
        for (let i = 0; i < cell.states; i++) state.push(create([batch, units]));
        // The steps leave h in one place and the other by turns, the last one in the state.
        const places = [at(state[0]), scratch(batch * units)];
        const [h, hOther] = time % 2 === 0 ? places : places.reverse();
        start(inputs.initialState?.[0], h, batch * units);
        if (cell.states > 1) start(inputs.initialState?.[1], at(state[1]), batch * units);
        const saved: Tensor[] = [];
        if (training) {
          saved.push(create([time, batch, units]));
          if (cell.savesMore) saved.push(create([time, batch, units]));
          if (cell.savesGates) saved.push(create([time, batch, width]));
        }
        const gates =
          training && cell.savesGates ? at(saved[saved.length - 1]) : scratch(time * batch * width);
        const more = scratch(batch * units * cell.scratch[0]);
        const w = panels(kernel, columnsOf(units, 0, cell.gates));
        const u = panels(recurrentKernel, columnsOf(units, 0, cell.together));
        const apart = cell.gates - cell.together;
        const candidate = apart ? panels(recurrentKernel, columnsOf(units, cell.together, apart)) : 0;

        const walk = startWalk(spec, inputs, y);
        walk[WALK.kernel] = w;
        walk[WALK.recurrentKernel] = u;
        walk[WALK.candidateKernel] = candidate;
        walk[WALK.bias] = addressOf(bias);
        walk[WALK.recurrentBias] = addressOf(recurrentBias);
        walk[WALK.h] = h;
        walk[WALK.hOther] = hOther;
        walk[WALK.c] = addressOf(state[1]);
        walk[WALK.gates] = gates;
        walk[WALK.before] = addressOf(saved[0]);
        walk[WALK.saved] = cell.savesMore ? addressOf(saved[1]) : 0;
        walk[WALK.scratch] = more;
        runWalk(cell.forward, spec, width);
        return { y, state, saved };
      }),

    backward: (spec, inputs, { y, saved }, gradients) =>
      work((scratch) => {
        const cell = cellOf(spec);
        const { time, batch, inputSize, units } = spec;
        const { weights, initialState } = inputs;
        const width = cell.gates * units;

        const dInitial = initialState?.map(() => create([batch, units]));
        const dState = [0, 0];
        for (let i = 0; i < cell.states; i++) {
          dState[i] = dInitial ? at(dInitial[i]) : scratch(batch * units);
          start(gradients.state[i], dState[i], batch * units);
        }
        const dx = spec.inputGradient ? create([time, batch, inputSize]) : undefined;
        const found = {
          kernel: create([inputSize, width]),
          recurrentKernel: create([units, width]),
          bias: weights.bias && create([width]),
          recurrentBias: weights.recurrentBias && create([width]),
        };
        const da = scratch(time * batch * width);
        const du = cell.apart ? scratch(time * batch * width) : da;
        const more = scratch(batch * units * cell.scratch[1]);
        const w = dx ? panels(weights.kernel, transposeOf(units, 0, cell.gates)) : 0;
        const u = panels(weights.recurrentKernel, transposeOf(units, 0, cell.together));
        const apart = cell.gates - cell.together;
        const candidate = apart
          ? panels(weights.recurrentKernel, transposeOf(units, cell.together, apart))
          : 0;

        const walk = startWalk(spec, inputs, y);
        walk[WALK.kernel] = w;
        walk[WALK.recurrentKernel] = u;
        walk[WALK.candidateKernel] = candidate;
        walk[WALK.gates] = cell.savesGates ? at(saved[saved.length - 1]) : 0;
        walk[WALK.before] = at(saved[0]);
        walk[WALK.saved] = cell.savesMore ? at(saved[1]) : 0;
        walk[WALK.scratch] = more;
        walk[WALK.dy] = addressOf(gradients.y);
        walk[WALK.dh] = dState[0];
        walk[WALK.dc] = dState[1];
        walk[WALK.da] = da;
        walk[WALK.du] = du;
        walk[WALK.dx] = addressOf(dx);
        walk[WALK.dKernel] = at(found.kernel);
        walk[WALK.dRecurrentKernel] = at(found.recurrentKernel);
        walk[WALK.dBias] = addressOf(found.bias);
        walk[WALK.dRecurrentBias] = addressOf(found.recurrentBias);
        walk[WALK.workspace] = arrays.workspace;
        runWalk(cell.backward, spec, width);
        return { x: dx, weights: found, initialState: dInitial };
      }),
  };
}

/** The columns of some gates, in panels gate by gate. */
function columnsOf(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: gates, transposed: false };
}

/** Their transpose, in panels. */
function transposeOf(units: number, gate: number, gates: number): Columns {
  return { from: gate * units, count: gates * units, parts: 1, transposed: true };
}
