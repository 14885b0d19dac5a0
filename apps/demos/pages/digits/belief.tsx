/* An image, and next to each row the network's prediction once it has read that row. */
import { SIDE } from './images.js';
import type { RowByRow } from './inference.js';
import { Shades } from './shades.js';

export interface BeliefProps {
  readonly answer: RowByRow | undefined;
  /** Rows that are read: 1 to {@link SIDE}. */
  readonly rows: number;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);
const BLANK = new Uint8Array(SIDE * SIDE);

export function Belief({ answer, rows }: BeliefProps) {
  const { pixels = BLANK, digit, beliefs = [] } = answer ?? {};
  const shades = answer ? beliefs.flat().map((p) => 255 * p) : BLANK.subarray(0, 10 * SIDE);
  return (
    <div class="belief">
      <div class="sheets">
        <Shades
          values={pixels}
          columns={SIDE}
          label={digit === undefined ? 'Your drawing, as the network reads it' : `A held-out ${digit}`}
        />
        <Shades
          values={shades}
          columns={10}
          label={`The most probable digit as the rows are read: ${changesOf(beliefs)}`}
        />
        <span class="unread" style={{ insetBlockStart: `${(100 * rows) / SIDE}%` }} />
      </div>
      <ol class="heads" aria-hidden="true">
        {DIGITS.map((digit) => (
          <li key={digit}>{digit}</li>
        ))}
      </ol>
    </div>
  );
}

/** “5 from row 3, 7 from row 12”. */
function changesOf(beliefs: RowByRow['beliefs']): string {
  const best = beliefs.map(mostProbable);
  const changes = [...best.keys()].filter((row) => best[row] !== best[row - 1]);
  return changes.map((row) => `${best[row]} from row ${row + 1}`).join(', ');
}

export function mostProbable(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}
