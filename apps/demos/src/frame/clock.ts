/* The clock of a player that advances frame by frame. */
import { useEffect, useState } from 'preact/hooks';
import { useReducedMotion } from './scheme.js';

export interface ClockOptions {
  /** The number of frames; nothing moves while it is 0. */
  readonly frames: number;
  /** Milliseconds from frame to frame. */
  readonly pace: number;
  /** The first frame to show. */
  readonly first: number;
  /** True to start paused. Default: true if the reader's system asks for reduced motion. */
  readonly held?: boolean;
}

export interface Clock {
  readonly frame: number;
  readonly running: boolean;
  toggle(): void;
  /** Pauses at a frame. */
  hold(frame: number): void;
  /** Goes to the first frame; a paused clock stays paused. */
  restart(): void;
}

/** Shows the frames in turn, and starts again after the last. */
export function useClock({ frames, pace, first, held: begins }: ClockOptions): Clock {
  const still = useReducedMotion();
  const [frame, setFrame] = useState(first);
  const [held, setHeld] = useState(begins);
  const running = !(held ?? still);
  useEffect(() => {
    if (frames === 0 || !running) return;
    const timer = setInterval(() => setFrame((frame) => (frame + 1) % frames), pace);
    return () => clearInterval(timer);
  }, [frames, pace, running]);
  return {
    frame,
    running,
    toggle: () => setHeld(running),
    hold: (frame) => {
      setHeld(true);
      setFrame(frame);
    },
    restart: () => setFrame(0),
  };
}
