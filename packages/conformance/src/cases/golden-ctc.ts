/* CTC compared with PyTorch: the loss of each row, the loss that training minimises, and the gradients of the logits. */
import { type Backend, resolveLoss, type Tape, type Tensor } from '@recurra/core';
import { ctcLosses } from '@recurra/core/backend';
import type { Check } from '../check.js';
import { fusedIfAny, implementationsOf } from '../fused-and-composed.js';
import type { CtcGolden } from '../golden-ctc.js';
import { type GoldenKind, provesGolden } from '../golden-proof.js';
import { build, read, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

/** Goldens of more frames prove the kernel alone, because a composed frame takes tens of calls. */
const FEW_FRAMES = 32;

export function goldenCtc(golden: CtcGolden): Case {
  return {
    group: 'goldens/ctc',
    name: golden.name,
    async run(check) {
      const isShort = golden.timeSteps <= FEW_FRAMES;
      const implementations = isShort ? implementationsOf : fusedIfAny;
      await provesGolden(check, rows, golden, implementations(check.backend));
      if (isShort) await provesGolden(check, mean, golden);
    },
  };
}

/** The losses of rows, as kernels compute them. Rows that cannot be aligned are given without frames and labels. */
const rows: GoldenKind<CtcGolden> = {
  async compute(check, golden, backend, fused) {
    const { losses, dLosses, batch } = golden;
    const { tape, logits } = start(check, golden, backend, fused);
    const y = lossesOf(tape, golden, logits);
    const [dLogits] = tape.gradients([[y, tape.constant(dLosses, [batch])]], [logits]);
    const { data } = await read(backend, y);
    return { losses: list(aligned(losses, Array.from(data))), dLogits: await read(backend, dLogits) };
  },
  expected: ({ losses, dLogits }) => ({ losses: list(aligned(losses, losses)), dLogits }),
  moved,
};

/**
 * The loss `ctc`, a mean over the rows that can be aligned, weighted by the magnitudes of dLosses. Its gradient is scaled to
 * that of the golden.
 */
const mean: GoldenKind<CtcGolden> = {
  async compute(check, golden, backend, fused) {
    const { blank, targets, inputLengths, batch, timeSteps, classes, dLosses } = golden;
    const { tape, logits } = start(check, golden, backend, fused);
    const { compute, encode } = resolveLoss({ kind: 'ctc', blank, zeroInfinity: true, fromLogits: true });
    const layout = { batch, time: timeSteps, features: classes, lengths: inputLengths };
    const encoded = encode([...targets], { ...layout, weights: dLosses.map(Math.abs) });
    const loss = compute(tape, { value: logits }, encoded);
    const [gradient] = tape.gradients([[loss, tape.fill([1], 1)]], [logits]);
    const total = totalWeight(golden);
    const { data, shape } = await read(backend, gradient);
    const dLogits = build(shape, ([t, b, c]) => {
      return Math.sign(dLosses[b]) * total * data[(t * batch + b) * classes + c];
    });
    return { loss: await read(backend, loss), dLogits };
  },
  expected(golden) {
    const { losses, dLosses, dLogits } = golden;
    const sum = losses.reduce<number>((sum, loss, row) => sum + Math.abs(dLosses[row]) * (loss ?? 0), 0);
    const total = totalWeight(golden);
    return { loss: list([total === 0 ? 0 : sum / total]), dLogits };
  },
  moved,
};

function start(check: Check, { logits }: CtcGolden, backend: Backend, fused: boolean) {
  const tape = check.tape(backend, { fused });
  return { tape, logits: tape.watch(tape.constant(logits.data, logits.shape)) };
}

function lossesOf(tape: Tape, golden: CtcGolden, logits: Tensor): Tensor {
  const { targets, inputLengths, losses, batch, blank } = golden;
  const numbers = (data: readonly number[]) => tape.constant(data, [batch]);
  const labels = losses.map((loss, row) => (loss === null ? [] : targets[row]));
  const width = Math.max(1, ...labels.map(({ length }) => length));
  const padded = labels.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(blank)]);
  return ctcLosses(
    tape,
    {
      logits,
      targets: tape.constant(padded, [batch, width]),
      lengths: numbers(inputLengths.map((length, row) => (losses[row] === null ? 0 : length))),
      targetLengths: numbers(labels.map(({ length }) => length)),
    },
    blank,
  );
}

/** The values of the rows that can be aligned. */
function aligned<Value>(losses: CtcGolden['losses'], all: readonly (Value | null)[]): Value[] {
  return all.filter((_, row) => losses[row] !== null) as Value[];
}

function totalWeight({ losses, dLosses }: CtcGolden): number {
  return aligned(losses, dLosses).reduce((sum, weight) => sum + Math.abs(weight), 0);
}

function list(data: readonly number[]): Values {
  return { data, shape: [data.length] };
}

function moved(golden: CtcGolden, move: (values: Values) => Values): CtcGolden {
  const { data } = move(list(golden.dLosses));
  return { ...golden, logits: move(golden.logits), dLosses: Array.from(data) };
}
