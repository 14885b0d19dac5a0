/* A held-out chorale, with the network's guesses. */
import { Legend } from './composer.js';
import type { Note } from './inference.js';
import { Roll } from './roll.js';

export function Chorale({ notes }: { notes: readonly Note[] | undefined }) {
  const predicted = notes?.slice(1) ?? [];
  const right = predicted.filter(({ pitch, guess }) => pitch === guess).length;
  const bits =
    predicted.reduce((sum, { probability = 1 }) => sum - Math.log2(probability), 0) / predicted.length;
  return (
    <section data-picture aria-labelledby="held-out">
      <h2 id="held-out">How well it predicts a chorale that it has never seen</h2>
      <p class="quiet">
        {notes &&
          `Its first guess is right for ${right} of these ${predicted.length} notes, ${bits.toFixed(2)} bits per note.`}
      </p>
      <Roll notes={notes ?? []} guesses label="The melody as Bach set it" />
      <Legend
        kinds={[
          ['written', 'Bach’s note, which was its first guess'],
          ['given', 'Bach’s note, which was not'],
          ['guess', 'its first guess instead'],
        ]}
      />
    </section>
  );
}
