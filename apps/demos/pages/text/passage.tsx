/* A held-out passage, shaded where the network did not expect it. */
import type { Predicted } from './predicted.js';
import { surprise } from './surprise.js';

export function Passage({ passage }: { passage: readonly Predicted[] | undefined }) {
  const sure = passage?.filter(({ character, guesses }) => guesses[0][0] === character).length;
  return (
    <section data-picture aria-labelledby="passage">
      <h2 id="passage">How well it predicts a passage that it has never seen</h2>
      <p class="quiet">
        The darker the shade, the less the network expected the character.
        {passage && ` Its first guess is right for ${sure} of these ${passage.length}.`}
      </p>
      <p class="passage">
        {passage?.map(({ character, probability }, i) => (
          <span key={i} style={surprise(probability)}>
            {character}
          </span>
        ))}
      </p>
    </section>
  );
}
