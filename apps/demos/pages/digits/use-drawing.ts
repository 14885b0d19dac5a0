/* The reader's drawing, which is kept in the URL. */
import { useRef, useState } from 'preact/hooks';
import { useUrlState } from '../../src/frame/url.js';
import { decodeStrokes, encodeStrokes, type Stroke } from './drawing.js';

/** Milliseconds between two queries while the pen moves. */
const PACE = 150;

/**
 * The reader's strokes. The strokes that are sent to the network follow them at a pace that the network can
 * keep up with.
 */
export function useDrawing() {
  const [encoded, setEncoded] = useUrlState('drawing', '');
  const [strokes, setStrokes] = useState<readonly Stroke[]>(() => decodeStrokes(encoded));
  const [sent, setSent] = useState(strokes);
  const last = useRef(0);
  const draw = (next: readonly Stroke[], done: boolean) => {
    setStrokes(next);
    if (!done && performance.now() - last.current < PACE) return;
    last.current = performance.now();
    setSent(next);
    if (done) setEncoded(encodeStrokes(next));
  };
  return { strokes, sent, draw };
}
