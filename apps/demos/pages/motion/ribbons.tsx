/*
 * Two ribbons of phases: the network's above a line, and the labels below it. They mirror each other where
 * the network is right.
 */
import { useMemo } from 'preact/hooks';
import type { Predicted } from './inference.js';
import { PHASES } from './phases.js';

export interface RibbonsProps {
  readonly reading: Predicted;
  /** The first visible frame, and the number of visible frames. */
  readonly view: readonly [from: number, length: number];
  /** The frame that is marked. */
  readonly frame?: number;
  readonly label: string;
  /** Called with the frame that the reader points at. */
  seek(frame: number): void;
}

/** The height of a ribbon, in units of the picture. */
const HEIGHT = 10;

export function Ribbons({
  reading: { predicted, truth },
  view: [from, length],
  frame,
  label,
  seek,
}: RibbonsProps) {
  const above = useMemo(() => ribbonOf(predicted, -HEIGHT), [predicted]);
  const below = useMemo(() => ribbonOf(truth, HEIGHT), [truth]);
  const point = ({ currentTarget, clientX, buttons }: PointerEvent) => {
    if (buttons === 0) return;
    const { left, width } = (currentTarget as Element).getBoundingClientRect();
    const pointed = Math.floor(from + (length * (clientX - left)) / width);
    seek(Math.min(Math.max(pointed, 0), truth.length - 1));
  };
  return (
    <svg
      class="ribbons"
      viewBox={`${from} ${-HEIGHT - 1} ${length} ${2 * HEIGHT + 2}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      onPointerDown={point}
      onPointerMove={point}
    >
      {PHASES.map(({ name }, phase) => (
        <path key={name} class={`phase-${phase}`} d={above[phase] + below[phase]} />
      ))}
      <line class="middle" x1="0" x2={truth.length} y1="0" y2="0" />
      {frame !== undefined && (
        <line class="now" x1={frame + 0.5} x2={frame + 0.5} y1={-HEIGHT - 1} y2={HEIGHT + 1} />
      )}
    </svg>
  );
}

/** For each phase, rectangles over its frames, as the data of an SVG path. */
function ribbonOf(phases: readonly number[], height: number): string[] {
  const paths = PHASES.map(() => '');
  let from = 0;
  for (let at = 1; at <= phases.length; at++) {
    if (phases[at] === phases[from]) continue;
    const tall = (PHASES[phases[from]].height * height).toFixed(1);
    paths[phases[from]] += `M${from} 0H${at}V${tall}H${from}Z`;
    from = at;
  }
  return paths;
}
