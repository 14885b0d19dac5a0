/* Held-out throws, with the network's forecast of each. */

import type { Forecast } from './inference.js';
import { Ball, Path, Ring } from './marks.js';
import { distance, type Position, SIZE } from './world.js';

export function HeldOutThrows({ throws }: { throws: readonly Forecast[] | undefined }) {
  const mean = (forecast: 'network' | 'line') =>
    throws && throws.reduce((sum, thrown) => sum + missed(thrown, forecast), 0) / throws.length;
  return (
    <section data-picture aria-labelledby="held-out">
      <h2 id="held-out">Twelve throws that are not in the training data</h2>
      <p class="quiet">
        {throws &&
          `In the last frame ahead, the network is off by ${mean('network')?.toFixed(2)} pixels on average, a straight line by ${mean('line')?.toFixed(2)}.`}
      </p>
      <ul class="throws">
        {throws?.map((thrown, i) => (
          <li key={i}>
            <svg
              viewBox={`-0.5 -0.5 ${SIZE} ${SIZE}`}
              role="img"
              aria-label={`Throw ${i + 1}: network off by ${missed(thrown, 'network').toFixed(1)} pixels, a straight line by ${missed(thrown, 'line').toFixed(1)}`}
            >
              <Path kind="line" points={[last(thrown.seen), ...thrown.line]} />
              <Path kind="seen" points={thrown.seen} />
              <Path kind="network" points={[last(thrown.seen), ...thrown.network]} />
              <Ball at={last(thrown.truth)} />
              <Ring at={last(thrown.network)} />
            </svg>
          </li>
        ))}
      </ul>
    </section>
  );
}

function missed(thrown: Forecast, forecast: 'network' | 'line'): number {
  return distance(last(thrown.truth), last(thrown[forecast]));
}

function last(positions: readonly Position[]): Position {
  return positions[positions.length - 1];
}
