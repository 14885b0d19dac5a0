import { useEffect, useRef, useState } from 'preact/hooks';
import type { ResultProps } from '../../src/frame/mount.js';
import { useReducedMotion } from '../../src/frame/scheme.js';
import type { Order, Written } from './writing.js';

/** Characters per second. */
const PACE = 40;
/** Seconds from the end of one text to the next. */
const REST = 1.5;

export interface ShownText {
  readonly written: Written | undefined;
  /** The number of characters that are shown so far. */
  readonly shown: number;
  /** The newest picture when the text was written. */
  readonly learnt: unknown;
}

/**
 * The continuations of the newest prompt, and the part of them that is shown so far. They are written again while
 * the network learns, and immediately for a new network.
 */
export function useWritten(
  { ask, picture, settings }: Pick<ResultProps<unknown>, 'ask' | 'picture' | 'settings'>,
  order: Order,
): ShownText {
  const still = useReducedMotion();
  const [{ written, learnt }, setWritten] = useState<Omit<ShownText, 'shown'>>({
    written: undefined,
    learnt: undefined,
  });
  const [shown, setShown] = useState(0);
  const newest = useRef(picture);
  newest.current = picture;
  const query = JSON.stringify(order);
  const ready = picture !== undefined;
  useEffect(() => {
    if (!ready) return;
    let current = true;
    let timer: ReturnType<typeof setInterval> | undefined;
    const write = async () => {
      const learnt = newest.current;
      const written = (await ask(JSON.parse(query)).catch(() => undefined)) as Written | undefined;
      if (!current) return;
      setWritten({ written, learnt });
      const began = performance.now();
      const { length } = order;
      const show = () => {
        const count = still ? length + REST * PACE : Math.floor(((performance.now() - began) / 1000) * PACE);
        setShown(Math.min(count, length));
        if (count < length + REST * PACE || newest.current === learnt) return;
        clearInterval(timer);
        write();
      };
      show();
      timer = setInterval(show, still ? 4000 : 1000 / PACE);
    };
    // Waits until the reader has stopped typing.
    timer = setTimeout(write, 150);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [query, ready, still, settings]);
  return { written, shown, learnt };
}
