/* Drawing of flights and forecasts, in pixels of the room. */
import type { Position } from './world.js';

/** The kind of a line. Each has its own colour and dashes. */
export type Kind = 'seen' | 'network' | 'line';

export function Path({ kind, points }: { kind: Kind; points: readonly Position[] }) {
  return (
    <polyline class={kind} points={points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ')} />
  );
}

/** The ball's true position. */
export function Ball({ at: [x, y] }: { at: Position }) {
  return <circle class="ball" cx={x} cy={y} r="0.9" />;
}

/** The network's forecast. */
export function Ring({ at: [x, y] }: { at: Position }) {
  return <circle class="ring" cx={x} cy={y} r="1.2" />;
}

export function Legend() {
  return (
    <ul class="legend">
      <li>
        <svg viewBox="-1.5 -1.5 3 3" width="16" height="16" role="presentation">
          <Ball at={[0, 0]} />
        </svg>
        the ball
      </li>
      <li>
        <svg viewBox="-1.5 -1.5 3 3" width="16" height="16" role="presentation">
          <Ring at={[0, 0]} />
        </svg>
        the network’s forecast
      </li>
      <li>
        <svg viewBox="0 0 4 1" width="32" height="8" role="presentation">
          <Path
            kind="line"
            points={[
              [0, 0.5],
              [4, 0.5],
            ]}
          />
        </svg>
        a straight line
      </li>
    </ul>
  );
}
