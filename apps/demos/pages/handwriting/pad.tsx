/* The pad that the reader draws on. Until then it replays test digits. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { positionsOf } from '../../src/frame/pen.js';
import { Probabilities } from '../../src/frame/probabilities.js';
import { useReducedMotion, useScheme } from '../../src/frame/scheme.js';
import type { Point } from './features.js';
import type { ReadDigit } from './inference.js';
import { drawPath } from './strokes.js';

export interface PadProps {
  readonly ask: (question: unknown) => Promise<unknown>;
  readonly examples: readonly ReadDigit[] | undefined;
}

const KEYS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-8, 0],
  ArrowRight: [8, 0],
  ArrowUp: [0, 8],
  ArrowDown: [0, -8],
  ' ': [0, 0],
};

/** The pad takes the focus, for its keys. */
const reachable = { tabIndex: 0 };

/** Milliseconds to replay a digit, and the pause before the next one. */
const DRAWING = 1400;
const RESTING = 900;

export function Pad({ ask, examples }: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Point[][]>([]);
  const [own, setOwn] = useState(false);
  const [probabilities, setProbabilities] = useState<readonly number[]>();
  const scheme = useScheme();
  const read = useReader(ask, setProbabilities);
  const show = () => {
    if (canvas.current) drawPath(canvas.current, strokes.current, 0.05);
    read(strokes.current.flat());
  };
  useReplay(own ? undefined : examples, (path) => {
    strokes.current = [[...path]];
    show();
  });

  const draw = (event: PointerEvent & { currentTarget: HTMLCanvasElement }) => {
    const points = positionsOf(event).map(([right, down]): Point => [100 * right, 100 - 100 * down]);
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId);
      if (!own) strokes.current = [];
      setOwn(true);
      strokes.current.push([]);
    } else if (event.buttons === 0 || !own) return;
    strokes.current.at(-1)?.push(...points);
    show();
  };
  // The pen moves by the arrow keys, from the middle of the top; the space bar lifts it.
  const drawByKeys = (event: KeyboardEvent) => {
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    if (!own) strokes.current = [];
    setOwn(true);
    const [x, y] = strokes.current.flat().at(-1) ?? [50, 85];
    const next: Point = [clamp(x + move[0]), clamp(y + move[1])];
    if (event.key === ' ') strokes.current.push([]);
    else if (strokes.current.length === 0) strokes.current.push([[x, y], next]);
    else strokes.current.at(-1)?.push(next);
    show();
  };
  // The network has learnt meanwhile, so it reads the drawing again.
  useEffect(() => {
    if (own) show();
  }, [examples, scheme]);
  const clear = () => {
    strokes.current = [];
    setProbabilities(undefined);
    setOwn(true);
    show();
  };

  const best = probabilities?.indexOf(Math.max(...probabilities));
  return (
    <section class="pad" aria-label="Draw a digit">
      <div class="paper">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${own ? 'Your drawing' : 'A digit of the test set, being drawn'}. Draw with the arrow keys; the space bar lifts the pen.`}
          onPointerDown={draw}
          onPointerMove={draw}
          onKeyDown={drawByKeys}
          {...reachable}
        />
        <p class="hint">{own ? 'Your drawing' : 'Draw here'}</p>
        <p class="row">
          <button type="button" onClick={clear}>
            Clear
          </button>
          <button type="button" disabled={!own} onClick={() => setOwn(false)}>
            Show examples
          </button>
        </p>
      </div>
      <div class="reading">
        <p class="read" aria-live={own ? 'polite' : 'off'}>
          {best ?? '?'}
        </p>
        <Probabilities
          label="Probability of each digit"
          rows={Array.from({ length: 10 }, (_, digit) => ({
            name: digit,
            probability: probabilities?.[digit] ?? 0,
            marked: digit === best,
          }))}
        />
      </div>
    </section>
  );
}

function clamp(value: number): number {
  return Math.min(97, Math.max(3, value));
}

/** Sends the newest path to the network, one query at a time. */
function useReader(ask: PadProps['ask'], take: (answer: readonly number[] | undefined) => void) {
  const state = useRef<{ asking: boolean; next: readonly Point[] | undefined }>({
    asking: false,
    next: undefined,
  });
  return async (path: readonly Point[]) => {
    const reader = state.current;
    reader.next = path;
    if (reader.asking) return;
    reader.asking = true;
    while (reader.next) {
      const question = reader.next;
      reader.next = undefined;
      const answer = await ask(question).catch(() => undefined);
      if (!reader.next) take(answer as readonly number[] | undefined);
    }
    reader.asking = false;
  };
}

/** Replays one example after another, as a pen would draw it. */
function useReplay(examples: readonly ReadDigit[] | undefined, show: (path: readonly Point[]) => void): void {
  const still = useReducedMotion();
  const newest = useRef(examples);
  newest.current = examples;
  const present = examples !== undefined;
  useEffect(() => {
    if (!present) return;
    let index = 0;
    let began = performance.now();
    let shown = -1;
    const timer = setInterval(() => {
      const digits = newest.current;
      if (!digits) return;
      const elapsed = performance.now() - began;
      const { points } = digits[index % digits.length];
      const path = smooth(points);
      const count = still
        ? path.length
        : Math.max(2, Math.ceil(path.length * Math.min(1, elapsed / DRAWING)));
      if (count !== shown) show(path.slice(0, count).map(([x, y]): Point => [18 + 0.64 * x, 14 + 0.72 * y]));
      shown = count;
      if (elapsed > (still ? 4000 : DRAWING + RESTING))
        [index, began, shown] = [index + 1, performance.now(), -1];
    }, 50);
    return () => clearInterval(timer);
  }, [present, still]);
}

/** A Catmull–Rom curve through the points. */
function smooth(points: readonly Point[]): Point[] {
  const at = (i: number) => points[Math.min(Math.max(i, 0), points.length - 1)];
  return Array.from({ length: (points.length - 1) * 4 + 1 }, (_, n) => {
    const i = Math.floor(n / 4);
    const t = (n % 4) / 4;
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const curve = (axis: 0 | 1) =>
      b[axis] +
      0.5 *
        t *
        (c[axis] -
          a[axis] +
          t *
            (2 * a[axis] -
              5 * b[axis] +
              4 * c[axis] -
              d[axis] +
              t * (3 * (b[axis] - c[axis]) + d[axis] - a[axis])));
    return [curve(0), curve(1)];
  });
}
