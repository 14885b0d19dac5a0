/* Fused scans and CTC losses that are wrong from call to call, or overwrite their arguments. */
import type { Tape, Tensor } from '@recurra/core';
import type { CtcInputs, ScanInputs } from '@recurra/core/backend';
import { writing } from './arguments.js';
import {
  type CtcComposition,
  composeCtc,
  composeScan,
  ctcKernel,
  type ScanChange,
  scanKernel,
} from './baseline-sequences.js';
import { hiding } from './hiding.js';
import { fused } from './kernels.js';
import { type Mutant, mutant } from './mutant.js';

const CALLS = 'kernels/repeated-calls: ';

/** Backward of a scan takes one of the inputs from the last forward call with the same spec. */
const lastScan = (name: keyof ScanInputs): Mutant =>
  fused(
    `scan: the last ${name}`,
    'backward takes it from the last forward of its spec',
    `${CALLS}scan`,
    (_, { scan }) => {
      const last = new Map<string, Tensor | undefined>();
      return {
        scan: {
          ...scan,
          forward(spec, inputs) {
            last.set(JSON.stringify(spec), inputs[name]);
            return scan.forward(spec, inputs);
          },
          backward: (spec, inputs, ...rest) =>
            scan.backward(spec, { ...inputs, [name]: last.get(JSON.stringify(spec)) }, ...rest),
        },
      };
    },
  );

const lastCtc = (name: keyof CtcInputs): Mutant =>
  fused(
    `ctc: the last ${name}`,
    'backward takes it from the last forward of its spec',
    `${CALLS}ctc`,
    (_, { ctc }) => {
      const last = new Map<string, Tensor>();
      return {
        ctc: {
          ...ctc,
          forward(spec, inputs) {
            last.set(JSON.stringify(spec), inputs[name]);
            return ctc.forward(spec, inputs);
          },
          backward: (spec, inputs, ...rest) =>
            ctc.backward(
              spec,
              { ...inputs, [name]: last.get(JSON.stringify(spec)) ?? inputs[name] },
              ...rest,
            ),
        },
      };
    },
  );

const calls: Mutant[] = [
  ...(['a', 'initialState', 'lengths'] as const).map(lastScan),
  ...(['logits', 'targets', 'lengths'] as const).map(lastCtc),
  mutant(
    'scan: stale state',
    'a scan without an initial state starts from the last final state of its size',
    CALLS,
    (right) => {
      const { hidden, ...counts } = hiding(right);
      const states = new Map<string, Tensor>();
      const baseline = scanKernel(right);
      return {
        ...counts,
        lacks: {},
        fused: {
          scan: {
            ...baseline,
            forward(spec, inputs) {
              const size = `${spec.batch} ${spec.units}`;
              const initialState = inputs.initialState ?? states.get(size);
              const result = baseline.forward(spec, { ...inputs, initialState });
              const copy = right.affine(result.state, 1, 0);
              hidden.add(copy);
              states.set(size, copy);
              return result;
            },
          },
        },
      };
    },
  ),
  ...(['scan', 'ctc'] as const).flatMap((kernel) => [
    fused(
      `${kernel}: prepare leaves a tensor`,
      'it is never freed',
      `kernels/prepare: ${kernel}`,
      (right, kernels) => ({
        [kernel]: { ...kernels[kernel], prepare: async () => void right.fill([16], 0) },
      }),
    ),
    fused(
      `${kernel}: another last bit each time`,
      'every second result is larger by 2⁻²¹',
      `determinism: ${kernel}`,
      (right) => {
        let count = 0;
        const moved = (tape: Tape, x: Tensor) => tape.affine(x, ++count % 2 === 0 ? 1 : 1 + 2 ** -21);
        if (kernel === 'ctc') {
          const forward: CtcComposition = (...args) => moved(args[0], composeCtc(...args));
          return { ctc: ctcKernel(right, forward, composeCtc) };
        }
        const forward: ScanChange['forward'] = (tape, spec, args) => {
          const result = composeScan(tape, spec, args);
          return { ...result, y: moved(tape, result.y) };
        };
        return { scan: scanKernel(right, { forward, differentiated: composeScan }) };
      },
    ),
  ]),
];

const ZEROS = 'it writes zeros after it has read the tensor';

/** Backward of a scan writes into one of its inputs, or into a gradient. */
const scanWrites = (
  name: string,
  of: (inputs: ScanInputs, gradients: { y?: Tensor; state?: Tensor }) => Tensor | undefined,
): Mutant =>
  writing(`scan: backward writes into ${name}`, ZEROS, ({ scan }, write) => ({
    scan: {
      ...scan,
      backward(spec, inputs, outputs, gradients) {
        const result = scan.backward(spec, inputs, outputs, gradients);
        write(of(inputs, gradients));
        return result;
      },
    },
  }));

const ctcWrites = (name: string, of: (inputs: CtcInputs, dLosses: Tensor) => Tensor): Mutant =>
  writing(`ctc: backward writes into ${name}`, ZEROS, ({ ctc }, write) => ({
    ctc: {
      ...ctc,
      backward(spec, inputs, outputs, dLosses) {
        const result = ctc.backward(spec, inputs, outputs, dLosses);
        write(of(inputs, dLosses));
        return result;
      },
    },
  }));

const written: Mutant[] = [
  scanWrites('dy', (_, { y }) => y),
  scanWrites('the gradient of the state', (_, { state }) => state),
  scanWrites('a', ({ a }) => a),
  scanWrites('h0', ({ initialState }) => initialState),
  scanWrites('the lengths', ({ lengths }) => lengths),
  writing(
    'scan: forward writes into b',
    'if no gradient is requested, y overwrites b',
    ({ scan }, write) => ({
      scan: {
        ...scan,
        forward(spec, inputs) {
          const result = scan.forward(spec, inputs);
          if (!spec.training) write(inputs.b);
          return result;
        },
      },
    }),
  ),
  ctcWrites('dLosses', (_, dLosses) => dLosses),
  ctcWrites('the logits', ({ logits }) => logits),
  ctcWrites('the targets', ({ targets }) => targets),
  ctcWrites('the lengths', ({ lengths }) => lengths),
];

export const sequenceCalls: Mutant[] = [...calls, ...written];
