/* A ball in a square room of 16 × 16 pixels. It flies straight and bounces off the walls. */

export const SIZE = 16;
/** The bounds of the ball's middle, on both axes. */
export const WALLS = [1.5, 13.5] as const;
/** In pixels per frame. */
export const SPEEDS = [0.8, 2.2] as const;
/** Frames that the network sees. */
export const SEEN = 8;

/** In pixels; the middle of the first pixel is [0, 0], y downwards. */
export type Position = readonly [x: number, y: number];

/** The ball's start, and its speed to the right and downwards in pixels per frame. */
export interface Throw {
  readonly from: Position;
  readonly velocity: Position;
}

/** The ball's positions in the first `count` frames. */
export function flight({ from, velocity }: Throw, count: number): Position[] {
  const at = (axis: 0 | 1, frame: number) => reflected(from[axis] + frame * velocity[axis]);
  return Array.from({ length: count }, (_, frame) => [at(0, frame), at(1, frame)]);
}

/** A coordinate that ignores the walls, reflected back between them. */
export function reflected(coordinate: number): number {
  const [least, most] = WALLS;
  const range = most - least;
  const along = (((coordinate - least) % (2 * range)) + 2 * range) % (2 * range);
  return least + Math.min(along, 2 * range - along);
}

/** The picture of the ball, [SIZE · SIZE], rows from the top, 0 to 1. */
export function frameOf([x, y]: Position): Float32Array {
  const [across, down] = [x, y].map((middle) =>
    Array.from({ length: SIZE }, (_, i) => Math.exp(-((i - middle) ** 2) / 1.3)),
  );
  const frame = new Float32Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) frame[row * SIZE + column] = down[row] * across[column];
  }
  return frame;
}

/** The centre of the light in a picture. */
export function middleOf(frame: Float32Array): Position {
  let [x, y, sum] = [0, 0, 0];
  for (const [i, light] of frame.entries()) {
    x += light * (i % SIZE);
    y += light * Math.floor(i / SIZE);
    sum += light;
  }
  return [x / sum, y / sum];
}

export function distance(a: Position, b: Position): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
