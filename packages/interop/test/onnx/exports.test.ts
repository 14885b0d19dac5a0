/* Files from exporters, compared with the outputs of onnxruntime. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import type { NDArray } from '@recurra/core';
import { expect, test } from 'vitest';
import { readOnnx } from '../../src/onnx/read.js';
import { expectClose } from './support.js';

const folder = new URL('../data/onnx-exports/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
const backends = [await cpu(), await reference()];

test.each(names)('%s', async (name) => {
  const recorded = JSON.parse(readFileSync(new URL(name.replace('.onnx', '.json'), folder), 'utf8'));
  const model = await readOnnx(readFileSync(new URL(name, folder)));
  for (const backend of backends) {
    const running = await model.on(backend);
    const outputs = await running.run(recorded.inputs);
    const expected = Object.entries<NDArray>(recorded.outputs);
    expect(Object.keys(outputs)).toHaveLength(expected.length);
    for (const [output, array] of expected) {
      const actual = output === '?' ? Object.values(outputs)[0] : outputs[output];
      expectClose(actual, array, `${output} on ${backend.name}`, /f16|fp16|int8/.test(name) ? 2e-2 : 2e-5);
    }
    running.dispose();
  }
});
