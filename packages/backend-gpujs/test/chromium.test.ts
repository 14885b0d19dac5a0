/* The built package in Chromium, on WebGL in software. */
import { hasChromium } from '@recurra/conformance/chromium';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestPage, type TestPage, type Treatment } from './chromium.js';

const missing = !process.env.CI && !hasChromium();
const title = `in Chromium${missing ? ': apt-get install chromium, or set CHROMIUM_PATH' : ''}`;

describe.skipIf(missing).each<Treatment>(['minified', 'counted'])(`%s, ${title}`, (treatment) => {
  let page: TestPage;
  beforeAll(async () => {
    page = await openTestPage(treatment);
  });
  afterAll(() => page?.close());

  test.each(['webgl2', 'webgl1'] as const)('trains on %s, and frees everything', async (mode) => {
    const { difference, device, first, again, left } = await page.call('training', mode);
    expect(difference).toBeLessThan(1e-4);
    expect(first.milliseconds).toBeGreaterThan(0);
    expect(again).toEqual(first);
    expect(device).toMatch(mode === 'webgl2' ? /^WebGL2, / : /^WebGL1, /);
    expect(left).toEqual({ tensors: 0, bytes: 0 });
  });
});

describe.skipIf(missing)(title, () => {
  let page: TestPage;
  beforeAll(async () => {
    page = await openTestPage('minified');
  });
  afterAll(() => page?.close());

  test('after two thousand steps there are as many textures as after a hundred', async () => {
    const { seen, left } = await page.call('manySteps', 'webgl2', 2_000);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(left).toEqual({ tensors: 0, bytes: 0 });
  }, 300_000);

  test.each(['webgl2', 'webgl1'] as const)(
    'a context lost in training is an error, and training resumes from the last checkpoint: %s',
    async (mode) => {
      expect(await page.call('loss', mode)).toEqual({
        name: 'DeviceError',
        message: expect.stringContaining('the WebGL context was lost'),
        reported: true,
        left: { tensors: 0, bytes: 0 },
        same: true,
      });
    },
  );

  test.each(['webgl2', 'webgl1'] as const)('trains in the form for GPUs on %s', async (mode) => {
    const { difference, device, left } = await page.call('trainingAsOnGpu', mode);
    expect(device).toMatch(/some GPU$/);
    expect(difference).toBeLessThan(1e-4);
    expect(left).toEqual({ tensors: 0, bytes: 0 });
  });

  test.each(['webgl2', 'webgl1'] as const)('optimizer steps equal core’s composition: %s', async (mode) => {
    const { difference, normDifference, left } = await page.call('optimizerSteps', mode);
    expect(difference).toBeLessThan(1e-5);
    expect(normDifference).toBeLessThan(1e-6);
    expect(left).toEqual({ tensors: 0, bytes: 0 });
  });

  describe.each(['webgl2', 'webgl1'] as const)('a guarded step changes nothing, %s', (mode) => {
    test.each([Number.NaN, Infinity, -Infinity])('for a loss of %s', async (value) => {
      const result = await page.call('guardedStep', mode, value, 'loss');
      expect(result).toEqual({ unchanged: true, norms: ['finite'] });
    });
    test.each([Number.NaN, Infinity, 2e19])('for %s in a gradient', async (value) => {
      const result = await page.call('guardedStep', mode, value, 'gradient');
      expect(result).toEqual({ unchanged: true, norms: ['not finite'] });
    });
  });

  test.each(['webgl2', 'webgl1'] as const)('products of stacks of matrices: %s', async (mode) => {
    const { difference, empty } = await page.call('stackedProducts', mode);
    expect(difference).toBeLessThan(1e-6);
    expect(empty).toEqual({ shape: [2, 3, 2], elements: Array(12).fill(0) });
  });

  describe.each(['webgl2', 'webgl1'] as const)('fused kernels equal core’s composition, %s', (mode) => {
    test.each(['scan', 'ctc'] as const)('%s', async (name) => {
      const { difference, left } = await page.call('fusedKernel', mode, name);
      expect(difference).toBeLessThan(name === 'scan' ? 2e-6 : 3e-5);
      expect(left).toEqual({ tensors: 0, bytes: 0 });
    });
  });

  test('disposing of a backend releases its context', async () => {
    expect(await page.call('oneAfterAnother', 'webgl2', 20)).toEqual([2, 4]);
  });

  test('a mode that is not available is an error', async () => {
    expect(await page.call('without', 'webgl2')).toMatch(/^DeviceError: gpujs: WebGL2 is not available here/);
  });
});
