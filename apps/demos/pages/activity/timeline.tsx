/*
 * A chart over the seconds of the recordings that marks the current second and the half minute before it. A
 * reader can point at another second.
 */
import type { ComponentChildren } from 'preact';
import type { Answer } from './inference.js';
import { RATE } from './recordings.js';
import { LENGTH } from './windows.js';

export interface TimelineProps {
  readonly answer: Answer | undefined;
  readonly second: number;
  /** The height of the chart, in its units. */
  readonly height: number;
  readonly label: string;
  readonly children: ComponentChildren;
  /** Called with the second that the reader points at. */
  seek(second: number): void;
}

export function Timeline({ answer, second, height, label, children, seek }: TimelineProps) {
  const seconds = answer?.truth.length ?? 1;
  const from = Math.max(second + 1 - LENGTH / RATE, 0);
  const point = ({ currentTarget, clientX, buttons }: PointerEvent) => {
    if (buttons === 0) return;
    const { left, width } = (currentTarget as Element).getBoundingClientRect();
    const pointed = Math.floor((seconds * (clientX - left)) / width);
    seek(Math.min(Math.max(pointed, 0), seconds - 1));
  };
  return (
    <svg
      class="timeline"
      viewBox={`0 0 ${seconds} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      onPointerDown={point}
      onPointerMove={point}
    >
      {answer && <rect class="read" x={from} width={second + 1 - from} y="0" height={height} />}
      {answer && children}
      {answer && <line class="now" x1={second + 1} x2={second + 1} y1="0" y2={height} />}
    </svg>
  );
}
