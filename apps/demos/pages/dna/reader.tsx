/* A sequence of the test set or of the reader's own: the predicted class, and which letters decide. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { Probabilities } from '../../src/frame/probabilities.js';
import { useUrlState } from '../../src/frame/url.js';
import { CLASSES, LENGTH } from './bases.js';
import type { Classified, Decision } from './inference.js';

export function Reader({ ask, picture }: ResultProps<readonly Classified[]>) {
  const [own, setOwn] = useUrlState('sequence', '');
  const letters = (own || picture?.[0].letters || '').toUpperCase();
  const valid = letters.length === LENGTH && /^[ACGTNDRS]*$/.test(letters);
  const decision = useAnswer<Decision>({ ask, picture }, valid ? letters : undefined);
  const best = decision?.probabilities.indexOf(Math.max(...decision.probabilities));
  return (
    <>
      <section aria-labelledby="decides" class="reader">
        <h2 id="decides">Which letters decide</h2>
        {valid && decision && <Letters letters={letters} decision={decision} />}
        <Probabilities
          label="Probability of each class"
          nameWidth="8rem"
          rows={CLASSES.map(({ name }, kind) => ({
            name,
            probability: decision?.probabilities[kind] ?? 0,
            marked: kind === best,
          }))}
        />
        <label class="field">
          60 letters of DNA: type your own or choose a sequence below. A junction would be after the 30th.
          <textarea
            rows={2}
            spellcheck={false}
            maxLength={LENGTH}
            value={letters}
            onInput={({ currentTarget }) => setOwn(currentTarget.value.trim().toUpperCase())}
          />
        </label>
        <p class="finding" role="status">
          {!valid &&
            picture &&
            `${letters.length} of 60 letters; only A, C, G and T, and N for an unknown one.`}
        </p>
      </section>
      <Sequences sequences={picture} choose={setOwn} />
    </>
  );
}

/** Each letter with a bar for how much it supports the predicted class. */
function Letters({ letters, decision: { weights } }: { letters: string; decision: Decision }) {
  const most = Math.max(...weights.map(Math.abs), 1e-9);
  const strongest = weights
    .map((weight, i) => [weight, i] as const)
    .sort(([a], [b]) => b - a)
    .slice(0, 5);
  return (
    <>
      <ol
        class="letters"
        aria-label={`Letters that support the prediction most: ${strongest.map(([, i]) => `${letters[i]} at ${i + 1}`).join(', ')}`}
      >
        {[...letters].map((letter, i) => (
          <li key={i} class={i === LENGTH / 2 ? 'junction' : ''}>
            <span class="for">
              <span style={{ transform: `scaleY(${Math.max(0, weights[i]) / most})` }} />
            </span>
            {letter}
            <span class="against">
              <span style={{ transform: `scaleY(${Math.max(0, -weights[i]) / most})` }} />
            </span>
          </li>
        ))}
      </ol>
      <p class="quiet">
        A blue bar upwards: with another letter there, the predicted class would be less probable. An orange
        bar downwards: it would be more probable. The thick line is the middle.
      </p>
    </>
  );
}

function Sequences({
  sequences,
  choose,
}: {
  sequences: readonly Classified[] | undefined;
  choose(letters: string): void;
}) {
  const wrong = sequences?.filter(({ kind, predicted }) => kind !== predicted).length;
  return (
    <section data-picture aria-labelledby="held-out">
      <h2 id="held-out">Twelve sequences that are not in the training data</h2>
      <p class="quiet">
        {wrong === undefined
          ? ''
          : wrong === 0
            ? 'All classified correctly.'
            : `${wrong} mistakes, marked with ✗.`}
      </p>
      <ul class="sequences">
        {sequences?.map(({ letters, kind, predicted }) => (
          <li key={letters}>
            <button type="button" onClick={() => choose(letters)}>
              <code>
                {letters.slice(0, LENGTH / 2)}
                <b>|</b>
                {letters.slice(LENGTH / 2)}
              </code>
              <span class={kind === predicted ? '' : 'wrong'}>
                {CLASSES[kind].name}
                {kind !== predicted && `, predicted: ${CLASSES[predicted].name} ✗`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
