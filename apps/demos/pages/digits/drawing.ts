/* Converts the reader's strokes to an image like those of the data set. */
import { SIDE } from './images.js';

/** The distances from the left and from the top. */
export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

/** The longer side of the digit, and the width of its line, in pixels. */
const LONG = 20;
const PEN = 2.4;
/** The position of the ink's centre of mass, as in the data: the middle of the 15th pixel. */
const MIDDLE: Point = [14.5, 14.5];

/**
 * Draws the strokes like MNIST's images: scaled so that the longer side has 20 pixels, in greys, and moved so
 * that the ink's centre of mass is in the middle of the image (LeCun et al., Gradient-based learning applied
 * to document recognition, 1998). The line is as thick as in MNIST, however large the drawing is. Undefined
 * if there are no points.
 *
 * @param strokes in any unit
 */
export function imageOf(strokes: readonly Stroke[]): Uint8Array | undefined {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const [left, right] = range(points.map(([x]) => x));
  const [top, bottom] = range(points.map(([, y]) => y));
  const scale = (LONG - PEN) / (Math.max(right - left, bottom - top) || 1);
  const scaled = strokes.map((stroke) =>
    stroke.map(([x, y]): Point => [scale * (x - left), scale * (y - top)]),
  );
  const centred = moved(scaled, MIDDLE, [(scale * (right - left)) / 2, (scale * (bottom - top)) / 2]);
  return drawn(moved(centred, MIDDLE, centreOfMass(drawn(centred))));
}

/** The mean position of the ink, in pixels from the image's corner. */
export function centreOfMass(pixels: Uint8Array): Point {
  let [x, y, sum] = [0, 0, 0];
  for (const [i, ink] of pixels.entries()) {
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
    sum += ink;
  }
  return [x / sum, y / sum];
}

/** Shifts `from` to `to`. */
function moved(strokes: readonly Stroke[], to: Point, from: Point): Stroke[] {
  return strokes.map((stroke) => stroke.map(([x, y]): Point => [x + to[0] - from[0], y + to[1] - from[1]]));
}

/** A line with round ends; a pixel at its edge is grey. */
function drawn(strokes: readonly Stroke[]): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE);
  for (const stroke of strokes) {
    for (const [i, to] of stroke.entries()) {
      const from = stroke[Math.max(i - 1, 0)];
      for (let at = 0; at < pixels.length; at++) {
        const distance = toSegment([(at % SIDE) + 0.5, Math.floor(at / SIDE) + 0.5], from, to);
        const ink = Math.round(255 * Math.min(1, Math.max(0, PEN / 2 + 0.5 - distance)));
        if (ink > pixels[at]) pixels[at] = ink;
      }
    }
  }
  return pixels;
}

function toSegment([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [right, down] = [toX - fromX, toY - fromY];
  const along = ((x - fromX) * right + (y - fromY) * down) / (right ** 2 + down ** 2 || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - fromX - share * right, y - fromY - share * down);
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/**
 * Encodes strokes for the URL: two digits for each number, which is at least 0 and below 100; `-` between
 * strokes.
 */
export function encodeStrokes(strokes: readonly Stroke[]): string {
  const number = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return strokes.map((stroke) => stroke.map(([x, y]) => number(x) + number(y)).join('')).join('-');
}

/** Decodes the text of {@link encodeStrokes}; gives no strokes for any other text. */
export function decodeStrokes(text: string): Stroke[] {
  if (!/^(\d{4})+(-(\d{4})+)*$/.test(text)) return [];
  return text
    .split('-')
    .map((stroke) =>
      (stroke.match(/\d{4}/g) ?? []).map(
        (point): Point => [Number(point.slice(0, 2)), Number(point.slice(2))],
      ),
    );
}
