/* The images of the data set: 28 rows of 28 pixels, 0 for paper to 255 for ink. */
import { type NDArray, seededRandom } from '@recurra/core';
import { unzipped } from '../../src/files.js';
import { nearestNeighbour } from '../../src/nearest-neighbour.js';
import type { Baseline } from '../../src/task.js';

/** The pixels of all images, and their labels, one byte each. */
export const files = [
  new URL('../../data/digits-mnist-2500/images.u8.gz', import.meta.url),
  new URL('../../data/digits-mnist-2500/labels.u8', import.meta.url),
];

/** Pixels in a row, and rows. */
export const SIDE = 28;

export interface Digit {
  /** Row by row, from the top: [SIDE · SIDE]. */
  readonly pixels: Uint8Array;
  /** The digit. */
  readonly y: number;
}

/** The number of images for training; the others are held out. */
const TRAINING = 2000;

/** @param files the contents of {@link files} */
export async function digitsOf(
  files: readonly Uint8Array[],
): Promise<{ known: readonly Digit[]; test: readonly Digit[] }> {
  const [pixels, labels] = await Promise.all(files.map(unzipped));
  const area = SIDE * SIDE;
  const digits = Array.from(labels, (y, i) => ({ pixels: pixels.slice(i * area, (i + 1) * area), y }));
  return { known: digits.slice(0, TRAINING), test: digits.slice(TRAINING) };
}

/**
 * Shifts the image right and down by less than {@link SIDE} pixels; paper fills the gap, and pixels that
 * leave the image are lost.
 */
export function shifted({ pixels, y }: Digit, right: number, down: number): Digit {
  const moved = new Uint8Array(pixels.length);
  for (let row = Math.max(0, down); row < Math.min(SIDE, SIDE + down); row++) {
    const from = (row - down) * SIDE;
    const visible = pixels.subarray(from + Math.max(0, -right), from + SIDE - Math.max(0, right));
    moved.set(visible, row * SIDE + Math.max(0, right));
  }
  return { pixels: moved, y };
}

/**
 * Returns a function that shifts every image by up to `most` pixels, horizontally and vertically. Each call draws the numbers
 * of pixels anew; the calls draw the same numbers whenever the page is opened.
 */
export function shiftedAnew(digits: readonly Digit[], most: number): () => Digit[] {
  const draw = seededRandom(1, 'shifts');
  const by = () => draw.integer(2 * most + 1) - most;
  return () => digits.map((digit) => shifted(digit, by(), by()));
}

/** The network's input for the first rows, by default for all: [rows][SIDE], 0 for paper to 1 for ink. */
export function rowsOf(pixels: Uint8Array, rows = SIDE): NDArray {
  return {
    data: Float32Array.from(pixels.subarray(0, rows * SIDE), (ink) => ink / 255),
    shape: [rows, SIDE],
  };
}

/** The percentage of `test` of which the most similar image of `known` is of the same digit. */
export function nearest(known: readonly Digit[], test: readonly Digit[]): Baseline {
  return { name: 'nearest neighbour', score: 100 * nearestNeighbour(known, test, ({ pixels }) => pixels) };
}
