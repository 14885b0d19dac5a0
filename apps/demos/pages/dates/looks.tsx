/* Where the network looks: for each character of the date, the weight of each one of the phrase. */
import { HeatMap } from '../../src/frame/heat-map.js';

export interface LooksProps {
  readonly date: string;
  readonly characters: readonly string[];
  /** By character of the date, the weights of those of the phrase. */
  readonly weights: readonly (readonly number[])[];
}

export function Looks({ date, characters, weights }: LooksProps) {
  const columns = characters.map((_, i) => weights.map((row) => row[i]));
  return (
    <>
      <h3>Where the network looks while it writes {date}</h3>
      <p class="visually-hidden">
        {[...date].map((character, i) => `${character} at ${mostSeen(characters, weights[i])}`).join(', ')}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <section class="looks" tabIndex={0} aria-label="The attention, as a picture">
        <div class="sheet" style={{ '--columns': characters.length, '--rows': date.length }}>
          <Names names={characters} of="columns" />
          <Names names={[...date]} of="rows" />
          <HeatMap steps={columns} range="gate" />
        </div>
      </section>
    </>
  );
}

function Names({ names, of }: { names: readonly string[]; of: 'columns' | 'rows' }) {
  return (
    <div class={of} aria-hidden="true">
      {names.map((name, i) => (
        <span key={i}>{name}</span>
      ))}
    </div>
  );
}

/** “r, letter 12 (93 %)”. */
function mostSeen(characters: readonly string[], weights: readonly number[]): string {
  const weight = Math.max(...weights);
  const index = weights.indexOf(weight);
  const character = characters[index] === ' ' ? 'space' : characters[index];
  return `${character}, letter ${index + 1} (${Math.round(100 * weight)} %)`;
}
