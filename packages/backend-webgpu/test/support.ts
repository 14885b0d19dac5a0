import type { Shape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { expect } from 'vitest';
import { webgpu } from '../src/index.js';

/** The reason why this machine has no adapter, not even a software adapter. In CI there must be one. */
export const missing: string | undefined = process.env.CI ? undefined : await whyNoAdapter();

async function whyNoAdapter(): Promise<string | undefined> {
  try {
    (await webgpu({ allowSoftware: true })).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export const open = () => webgpu({ allowSoftware: true });

/** A title that includes the reason why its tests are skipped, if they are. */
export const titled = (title: string) => (missing === undefined ? title : `${title} (skipped: ${missing})`);

/** Pseudo-random numbers from -0.7 to 0.7, in float32. */
export const numbers = (shape: Shape, seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 0.7);

/**
 * Fails if an element differs from the exact one by more than `tolerance` times the largest magnitude, or
 * times 1 if that is larger.
 */
export function expectClose(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(exact.length);
  const values = Array.from(exact);
  const scale = Math.max(1, ...values.map(Math.abs));
  const worst = Math.max(0, ...values.map((value, i) => Math.abs(value - actual[i])));
  expect(worst / scale, what).toBeLessThan(tolerance);
}
