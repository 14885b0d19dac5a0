/* The old files and what the earlier release computed with them, in float64. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { OldFiles, OldFilesResult } from './run.js';

interface Expected extends OldFilesResult, Omit<OldFiles, 'model' | 'checkpoint'> {
  /** The weights before training. */
  readonly initial: Record<string, { readonly shape: number[]; readonly data: number[] }>;
}

const path = (name: string) => new URL(name, import.meta.url);
/** A Uint8Array, because a Buffer cannot be sent to a page. */
const file = (name: string) => Uint8Array.from(readFileSync(path(name)));
const all: Record<string, Expected> = JSON.parse(readFileSync(path('expected.json'), 'utf8'));

/** Each model's name, files, weights before training, and the result that {@link near} compares with. */
export const oldFiles = Object.entries(all).map(([name, { x, y, seed, initial, ...expected }]) => {
  const [model, checkpoint] = [file(`${name}.safetensors`), file(`${name}.checkpoint.safetensors`)];
  const files: OldFiles = { model, checkpoint, x, y, seed };
  return { name, files, initial, expected };
});

/** Matches values of the same structure whose numbers differ by less than 5 · 10⁻⁵, as float32 rounding allows. */
export function near(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 4);
  if (Array.isArray(value)) return value.map(near);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, near(part)]));
}
