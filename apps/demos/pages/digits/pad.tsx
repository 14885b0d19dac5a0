/* The pad on which the reader draws. */
import { useRef } from 'preact/hooks';
import { positionsOf } from '../../src/frame/pen.js';
import type { Point, Stroke } from './drawing.js';

export interface PadProps {
  /** In a square of 100 by 100. */
  readonly strokes: readonly Stroke[];
  /** Called with the strokes after each addition; `done` is true when the pen is lifted. */
  draw(strokes: readonly Stroke[], done: boolean): void;
}

/** Points nearer to the last one are left out. */
const LEAST = 2;

export function Pad({ strokes, draw }: PadProps) {
  // Two movements may come between two drawings of the page.
  const newest = useRef(strokes);
  newest.current = strokes;
  const add = (next: readonly Stroke[], done = false) => {
    newest.current = next;
    draw(next, done);
  };
  const begin = (event: PointerEvent) => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    add([...newest.current, pointsOf(event).slice(-1)]);
  };
  const go = (event: PointerEvent) => {
    const stroke = newest.current.at(-1);
    if (!stroke || !(event.currentTarget as Element).hasPointerCapture(event.pointerId)) return;
    const longer = pointsOf(event).reduce(withPoint, stroke);
    if (longer !== stroke) add([...newest.current.slice(0, -1), longer]);
  };
  const end = () => add(newest.current, true);
  return (
    <div class="pad">
      <svg
        viewBox="0 0 100 100"
        role="img"
        aria-label={
          strokes.length > 0 ? 'Your drawing' : 'Draw a digit here; with the keyboard, choose an image'
        }
        onPointerDown={begin}
        onPointerMove={go}
        onPointerUp={end}
        onPointerCancel={end}
      >
        {strokes.map((stroke, i) => (
          <polyline key={i} points={dotted(stroke).join(' ')} />
        ))}
      </svg>
      <p class="hint">{strokes.length > 0 ? 'Your hand' : 'Draw a digit'}</p>
      <button type="button" disabled={strokes.length === 0} onClick={() => add([], true)}>
        Clear
      </button>
    </div>
  );
}

/** A line from a point to itself is a dot. */
function dotted(stroke: Stroke): readonly Point[] {
  return stroke.length === 1 ? [stroke[0], stroke[0]] : stroke;
}

/** The stroke with one more point, or the same stroke if the point is too near to its last one. */
function withPoint(stroke: Stroke, point: Point): Stroke {
  const last = stroke[stroke.length - 1];
  return Math.hypot(point[0] - last[0], point[1] - last[1]) < LEAST ? stroke : [...stroke, point];
}

/** In whole numbers, 0 to 99. */
function pointsOf(event: PointerEvent): Point[] {
  const within = (share: number) => Math.min(99, Math.max(0, Math.floor(100 * share)));
  return positionsOf(event).map(([right, down]): Point => [within(right), within(down)]);
}
