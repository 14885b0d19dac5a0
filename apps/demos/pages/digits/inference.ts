/*
 * Queries of the page to the network: the held-out images that it misreads, and its prediction after each row
 * of one image.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { imageOf, type Stroke } from './drawing.js';
import { rowsOf, SIDE } from './images.js';
import type task from './task.js';
import type { HeldOutImage } from './thumbs.js';

/** A held-out image, as the network reads it now. */
export interface ReadImage extends HeldOutImage {
  readonly digit: number;
  /** The digit that the network reads. */
  readonly read: number;
}

export interface HeldOut {
  /** Two of each digit. */
  readonly examples: readonly ReadImage[];
  /** The first misread images. */
  readonly wrong: readonly ReadImage[];
  /** The number of images of each digit that are read as each digit: [digit][read]. */
  readonly confusion: readonly (readonly number[])[];
}

export type Question = { readonly image: number } | { readonly strokes: readonly Stroke[] };

export interface RowByRow {
  readonly pixels: Uint8Array;
  /** The true digit; undefined for a drawing. */
  readonly digit: number | undefined;
  /** The probability of each digit if the image ended with this row: [SIDE][10]. */
  readonly beliefs: readonly (readonly number[])[];
}

export function isMisread({ digit, read }: ReadImage): boolean {
  return digit !== read;
}

/** The number of misread images that are shown. */
const SHOWN = 30;

export async function picture(network: Network, { test }: DataOf<typeof task>): Promise<HeldOut> {
  const rows = (await network.predict(test.map(({ pixels }) => rowsOf(pixels)))) as number[][];
  const images = test.map(({ pixels, y }, index): ReadImage => {
    return { index, pixels, digit: y, read: rows[index].indexOf(Math.max(...rows[index])) };
  });
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  for (const { digit, read } of images) confusion[digit][read]++;
  return {
    examples: confusion.flatMap((_, label) => images.filter(({ digit }) => digit === label).slice(0, 2)),
    wrong: images.filter(isMisread).slice(0, SHOWN),
    confusion,
  };
}

/** Undefined for an image that does not exist, and for a drawing without a point. */
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
