/* The loss ctc compared with PyTorch: the loss of each row, and the gradient of the logits. */
import type { Backend } from '@recurra/core';
import { ctcLosses } from '@recurra/core/backend';
import type { Check } from '../check.js';
import { fusedIfAny, implementationsOf } from '../fused-and-composed.js';
import type { CtcGolden } from '../golden-ctc.js';
import { provesGolden, type Results } from '../golden-proof.js';
import { read, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

/** The most frames that are composed beside the kernel: each takes tens of calls. */
const COMPOSED_FRAMES = 32;

export function goldenCtc(golden: CtcGolden): Case {
  return {
    group: 'goldens/ctc',
    name: golden.name,
    async run(check) {
      const { timeSteps } = golden;
      const implementations = timeSteps > COMPOSED_FRAMES ? fusedIfAny : implementationsOf;
      for (const fused of implementations(check.backend)) {
        await provesGolden(
          check,
          {
            compute: (check, golden, backend) => compute(check, golden, backend, fused),
            expected,
            moved,
          },
          golden,
        );
      }
    },
  };
}

async function compute(check: Check, golden: CtcGolden, backend: Backend, fused: boolean): Promise<Results> {
  const { logits, dLosses, targets, inputLengths, losses, batch, blank } = golden;
  const tape = check.tape(backend, { fused });
  const numbers = (data: readonly number[]) => tape.constant(data, [batch]);
  // Rows that cannot be aligned are given to `ctcLosses` without frames and labels.
  const rows = losses.map((loss, row) => (loss === null ? [] : targets[row]));
  const width = Math.max(1, ...rows.map((labels) => labels.length));
  const padded = rows.flatMap((labels) => [...labels, ...new Array<number>(width - labels.length).fill(0)]);
  const x = tape.watch(tape.constant(logits.data, logits.shape));
  const y = ctcLosses(
    tape,
    {
      logits: x,
      targets: tape.constant(padded, [batch, width]),
      lengths: numbers(inputLengths.map((length, row) => (losses[row] === null ? 0 : length))),
      targetLengths: numbers(rows.map((labels) => labels.length)),
    },
    blank,
  );
  const [dLogits] = tape.gradients([[y, numbers(dLosses)]], [x]);
  const { data } = await read(backend, y);
  return {
    losses: aligned(golden, Array.from(data)),
    dLogits: await read(backend, dLogits),
  };
}

function expected(golden: CtcGolden): Results {
  return { losses: aligned(golden, golden.losses), dLogits: golden.dLogits };
}

/** The losses of the rows that can be aligned. */
function aligned({ losses }: CtcGolden, all: readonly (number | null)[]): Values {
  const data = all.filter((_, row) => losses[row] !== null) as number[];
  return { data, shape: [data.length] };
}

function moved(golden: CtcGolden, move: (values: Values) => Values): CtcGolden {
  const { data } = move({ data: golden.dLosses, shape: [golden.batch] });
  return { ...golden, logits: move(golden.logits), dLosses: Array.from(data) };
}
