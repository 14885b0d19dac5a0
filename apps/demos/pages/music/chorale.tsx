/* A chorale kept back, with what the network expected. */
import { Legend } from './composer.js';
import type { Note } from './inference.js';
import { Roll } from './roll.js';

export function Chorale({ notes }: { notes: readonly Note[] | undefined }) {
  const foretold = notes?.slice(1) ?? [];
  const right = foretold.filter(({ pitch, guess }) => pitch === guess).length;
  const bits =
    foretold.reduce((sum, { probability = 1 }) => sum - Math.log2(probability), 0) / foretold.length;
  return (
    <section data-picture aria-labelledby="kept-back">
      <h2 id="kept-back">How it hears a chorale that it does not know</h2>
      <p class="quiet">
        {notes &&
          `Its first guess is right for ${right} of these ${foretold.length} notes; ${bits.toFixed(2)} bits a note.`}
      </p>
      <Roll notes={notes ?? []} guesses label="The melody as Bach set it" />
      <Legend
        kinds={[
          ['written', 'Bach’s note, and its first guess'],
          ['given', 'Bach’s note, not its guess'],
          ['guess', 'what it expected there'],
        ]}
      />
    </section>
  );
}
