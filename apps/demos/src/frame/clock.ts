/* What plays by itself, frame after frame. */
import { useEffect, useState } from 'preact/hooks';
import { useReducedMotion } from './scheme.js';

export interface ClockOptions {
  /** How many there are; nothing moves while there are none. */
  readonly frames: number;
  /** Milliseconds from frame to frame. */
  readonly pace: number;
  /** The frame to begin with. */
  readonly first: number;
  /** Whether it begins held. Default: where the reader's system asks for little motion. */
  readonly held?: boolean;
}

export interface Clock {
  readonly frame: number;
  readonly running: boolean;
  toggle(): void;
  /** Stops at a frame. */
  hold(frame: number): void;
  /** Goes on from the first frame, or stays held there. */
  restart(): void;
}

/** Frame after frame, from the start again after the last. */
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
