/*
 * Dense layers and cross-entropies with hundreds and thousands of rows and with widths past tile edges, in
 * both passes.
 */
import { dense } from '@recurra/core';
import { softmaxCrossEntropy } from '@recurra/core/backend';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import { form, random, whole } from '../../numbers.js';
import type { Case } from '../../suite.js';

const group = 'kernels/sizes';

/** [rows, inputs, units] */
const DENSE = [
  form(300, 5, 7),
  form(3, 300, 5),
  form(3, 5, 300),
  form(129, 127, 31),
  form(4290, 3, 5),
  form(70_003, 2, 3),
];
const ACTIVATIONS = ['relu', 'linear', 'tanh', 'sigmoid'] as const;

const denseLayers: Case[] = DENSE.map(([rows, inputSize, units], i) => ({
  group,
  name: `dense: ${rows} rows, ${inputSize} inputs, ${units} units`,
  async run(check) {
    for (const [bias, activation] of [
      [true, ACTIVATIONS[i % 4]],
      [false, ACTIVATIONS[(i + 1) % 4]],
    ] as const) {
      const run = { kind: 'vector', shape: [rows, inputSize], inputGradient: bias || i % 2 === 0 } as const;
      const what = `${activation}${bias ? '' : ', no bias'}`;
      const problem = layerProblem(dense({ units, bias, activation }), run);
      await provesFusedAndComposed(check, problem, { what, implementations: fusedIfAny(check.backend) });
    }
  },
}));

/** [rows, classes] */
const ENTROPIES = [form(300, 300), form(4290, 5), form(5, 1000), form(257, 33), form(33, 257), form(1, 1)];
const WEIGHTS = {
  'uneven weights': (row: number) => 0.25 + (row % 7) / 2,
  'zero weights among others': (row: number) => (row % 3 === 1 ? 0 : 1 + (row % 2)),
};

const crossEntropy: Case[] = ENTROPIES.map(([rows, classes]) => ({
  group,
  name: `crossEntropy: ${rows} rows, ${classes} classes`,
  async run(check) {
    for (const [what, weightOf] of Object.entries(WEIGHTS)) {
      const weights = Array.from({ length: rows }, (_, row) => weightOf(row));
      const targets = [classes - 1, ...whole(rows - 1, 2, classes)];
      await provesFusedAndComposed(
        check,
        {
          variables: { logits: random([rows, classes], 1, -5, 5) },
          depth: { steps: 6, terms: Math.max(rows, classes) },
          forward: (tape, { logits }) => {
            const loss = softmaxCrossEntropy(tape, {
              logits,
              targets: tape.constant(targets, [rows]),
              weights: tape.constant(weights, [rows]),
            });
            // The loss is multiplied by the batch size, so that the gradients of single rows are about 1.
            return { loss: tape.affine(loss, rows) };
          },
        },
        { what, implementations: fusedIfAny(check.backend) },
      );
    }
  },
}));

export const kernelSizes: Case[] = [...denseLayers, ...crossEntropy];
