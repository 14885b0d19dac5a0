/*
 * Tests which requests the fused kernels decline, and why. The suite compares the accepted ones with core's
 * composition.
 */
import { adam, sgd } from '@recurra/core';
import type { RecurrentSpec } from '@recurra/core/backend';
import { describe, expect, test } from 'vitest';
import { type Device, openDevice } from '../src/device.js';
import { ctc } from '../src/fused/ctc.js';
import { dense } from '../src/fused/dense.js';
import { optimizer } from '../src/fused/optimizer.js';
import { recurrent } from '../src/fused/recurrent.js';
import { kernels } from '../src/kernels.js';
import { memory } from '../src/memory.js';
import { TexturePool } from '../src/pool.js';

/** A context with the parts of a device that `declines` needs. */
function contextOn(limits: Pick<Device, 'side' | 'results'>) {
  const cpu = openDevice('cpu');
  const pool = new TexturePool();
  const gl = { createFramebuffer: () => ({}) } as unknown as WebGL2RenderingContext;
  return { ...memory(cpu, kernels(cpu, pool), pool), device: { ...cpu, ...limits, gl } };
}

const SPEC: RecurrentSpec = {
  ...{ cell: 'lstm', time: 5, batch: 6, inputSize: 3, units: 4, outputSize: 4 },
  ...{ activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: false, bias: true },
  ...{ peepholes: false, projection: false, clip: 0, layerNorm: false, recurrentDropout: false },
  ...{ reverse: false, lengths: false, initialState: false },
  ...{ training: true, inputGradient: true, sequence: true },
};

describe('a recurrent layer', () => {
  const roomy = contextOn({ side: 12, results: 8 });
  const { declines } = recurrent(roomy);

  test('as high as a texture, and higher', () => {
    expect(declines(SPEC)).toBeUndefined();
    expect(declines({ ...SPEC, time: 6 })).toBe('14 texels along a side, but a texture has at most 12');
    expect(declines({ ...SPEC, units: 12 })).toBe('13 texels along a side, but a texture has at most 12');
  });

  test('if a kernel can write fewer textures than the cells need', () => {
    const poor = recurrent(contextOn({ side: 12, results: 4 }));
    expect(poor.declines(SPEC)).toBe('the cells write 8 textures, but a kernel can write only 4 here');
  });

  test.each<[string, Partial<RecurrentSpec>]>([
    ['peepholes', { peepholes: true }],
    ['a dimension of 0', { time: 0 }],
  ])('%s', (reason, change) => {
    expect(declines({ ...SPEC, ...change })).toBe(reason);
  });
});

test('a dense layer', () => {
  const { declines } = dense(contextOn({ side: 12, results: 8 }));
  const spec = { rows: 48, inputSize: 11, units: 12, bias: true, training: true, inputGradient: true };
  expect(declines({ ...spec, activation: 'tanh' })).toBeUndefined();
  expect(declines({ ...spec, activation: 'tanh', rows: 49 })).toBe(
    '13 texels along a side, but a texture has at most 12',
  );
  expect(declines({ ...spec, activation: 'softplus' })).toBe(
    'activation softplus; fused are linear, relu, sigmoid, tanh',
  );
});

test('a CTC loss', () => {
  const { declines } = ctc(contextOn({ side: 12, results: 8 }));
  const spec = { time: 4, batch: 3, classes: 20, labels: 5, blank: 0, training: true };
  expect(declines(spec)).toBeUndefined();
  expect(declines({ ...spec, time: 5 })).toBe('15 texels along a side, but a texture has at most 12');
  expect(declines({ ...spec, labels: 6 })).toBe('13 texels along a side, but a texture has at most 12');
});

test('an optimizer that writes more textures than a kernel can', () => {
  const context = contextOn({ side: 12, results: 1 });
  const { declines } = optimizer(context, context.free);
  const at = { learningRate: 0.1, step: 1, clip: 0 };
  expect(declines({ ...at, config: sgd(), guarded: false })).toBeUndefined();
  expect(declines({ ...at, config: sgd(), guarded: true })).toBe(
    'the step writes 2 textures, but a kernel can write only 1 here',
  );
  expect(declines({ ...at, config: adam({ amsgrad: true }), guarded: false })).toMatch(
    /^the step writes 4 textures/,
  );
});
