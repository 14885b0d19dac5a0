/* What the page asks of the network: which images kept back it reads wrong, and what it believes after each row of one image. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { imageOf, type Stroke } from './drawing.js';
import { rowsOf, SIDE } from './images.js';
import type task from './task.js';

/** An image kept back, as the network reads it now. */
export interface ReadImage {
  /** Among those kept back. */
  readonly index: number;
  readonly pixels: Uint8Array;
  readonly digit: number;
  /** What the network takes it for. */
  readonly read: number;
}

export interface HeldOut {
  /** Two of each digit. */
  readonly examples: readonly ReadImage[];
  /** The first that are read wrong. */
  readonly wrong: readonly ReadImage[];
  /** How many images of each digit are taken for each: [digit][read]. */
  readonly confusion: readonly (readonly number[])[];
}

export type Question = { readonly image: number } | { readonly strokes: readonly Stroke[] };

export interface RowByRow {
  readonly pixels: Uint8Array;
  /** What is written; nothing for a drawing. */
  readonly digit: number | undefined;
  /** The probability of each digit, had the image ended with this row: [SIDE][10]. */
  readonly beliefs: readonly (readonly number[])[];
}

/** Images read wrong that are shown. */
const SHOWN = 30;

export async function picture(network: Network, { test }: DataOf<typeof task>): Promise<HeldOut> {
  const rows = (await network.predict(test.map(({ pixels }) => rowsOf(pixels)))) as number[][];
  const images = test.map(({ pixels, y }, index): ReadImage => {
    return { index, pixels, digit: y, read: rows[index].indexOf(Math.max(...rows[index])) };
  });
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  for (const { digit, read } of images) confusion[digit][read]++;
  return {
    examples: confusion.flatMap((_, wanted) => images.filter(({ digit }) => digit === wanted).slice(0, 2)),
    wrong: images.filter(({ digit, read }) => digit !== read).slice(0, SHOWN),
    confusion,
  };
}

/** Nothing for an image that there is not, and for a drawing without a point. */
export async function answer(
  network: Network,
  { test }: DataOf<typeof task>,
  question: Question,
): Promise<RowByRow | undefined> {
  const held = 'image' in question ? test[question.image] : undefined;
  const pixels = 'image' in question ? held?.pixels : imageOf(question.strokes);
  if (!pixels) return undefined;
  const beginnings = Array.from({ length: SIDE }, (_, row) => rowsOf(pixels, row + 1));
  const beliefs = (await network.predict(beginnings)) as number[][];
  return { pixels, digit: held?.y, beliefs };
}
