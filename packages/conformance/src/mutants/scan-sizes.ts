/* Fused scans that are wrong above some size, as when a loop over blocks ends too early. */
import type { Tape, Tensor } from '@recurra/core';
import { composeScan, type ScanChange } from './baseline-sequences.js';
import { detached, firstOnly, zeros } from './kernels.js';
import type { Mutant } from './mutant.js';
import { changed, type Outputs, outputs } from './scans.js';

/** A scan in chunks that does not pass the state, or its gradient, from one chunk to the next. */
function cutAt(
  limit: number,
  passed: (tape: Tape, state: Tensor) => Tensor,
): NonNullable<ScanChange['forward']> {
  return function cut(tape, spec, args): Outputs {
    if (spec.time <= limit || spec.reverse || spec.lengths) return composeScan(tape, spec, args);
    const [a, laterA] = tape.split(args.a, [limit, spec.time - limit], 0);
    const [b, laterB] = tape.split(args.b, [limit, spec.time - limit], 0);
    const first = composeScan(tape, { ...spec, time: limit }, { ...args, a, b });
    const rest = { a: laterA, b: laterB, initialState: passed(tape, first.state) };
    const second = cut(tape, { ...spec, time: spec.time - limit, initialState: true }, rest);
    return { y: tape.concat([first.y, second.y], 0), state: second.state };
  };
}

const TIME = 'kernels/scan: hundreds of steps';
export const scanSizes: Mutant[] = [
  ...[32, 64, 256, 512].map((limit) =>
    changed(
      `chunks of ${limit}`,
      'each chunk of steps starts from zero',
      { forward: cutAt(limit, zeros) },
      limit < 256 ? 'kernels/scan: steps' : TIME,
    ),
  ),
  ...[64, 256].map((limit) =>
    changed(
      `gradient: chunks of ${limit}`,
      'the gradient of the state is not passed on from chunk to chunk',
      { forward: composeScan, differentiated: cutAt(limit, detached) },
      limit < 256 ? 'kernels/scan: steps' : TIME,
    ),
  ),
  ...[16, 64, 128].map((limit) =>
    changed(
      `${limit} units`,
      'units past the limit are zero',
      outputs((tape, { y }) => ({ y: firstOnly(tape, y, 2, limit) })),
      'kernels/scan: units',
    ),
  ),
  ...[32, 64, 256].map((limit) =>
    changed(
      `${limit} rows`,
      'rows past the limit are zero',
      outputs((tape, { y }) => ({ y: firstOnly(tape, y, 1, limit) })),
      limit < 256 ? 'kernels/scan: rows' : 'kernels/scan: many',
    ),
  ),
  changed(
    'dh0 of 64 units',
    'units past the limit have no gradient of the initial state',
    {
      gradients: (tape, result) => ({
        ...result,
        initialState: result.initialState && firstOnly(tape, result.initialState, 1, 64),
      }),
    },
    'kernels/scan: units',
  ),
];
