/* The reader's own sentence: its translations, and where the network looks. */
import { useAnswer } from '../../src/frame/answer.js';
import { Attention } from '../../src/frame/attention.js';
import { Hypotheses } from '../../src/frame/hypotheses.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { JudgedSentence, TranslatedSentence } from './inference.js';

const examples = [
  'He is my best friend.',
  'I want to know the truth.',
  'Do you like the new car?',
  'We did not see her yesterday.',
];

export function Reader({ ask, picture }: ResultProps<readonly JudgedSentence[]>) {
  const [sentence, setSentence] = useUrlState('sentence', examples[0]);
  const [chosen, setChosen] = useUrlState('choice', '1');
  const found = useAnswer<TranslatedSentence>({ ask, picture }, sentence);
  const choice = Math.min(Number(chosen) || 1, found?.translations.length ?? 1) - 1;
  const use = (sentence: string) => {
    setSentence(sentence);
    setChosen('1');
  };
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your sentence</h2>
      <label class="field">
        English, three to eight everyday words
        <input
          type="text"
          maxLength={60}
          value={sentence}
          onInput={({ currentTarget }) => use(currentTarget.value)}
        />
      </label>
      <p class="row">
        {examples.map((example) => (
          <button type="button" key={example} onClick={() => use(example)}>
            {example}
          </button>
        ))}
      </p>
      {found && (
        <div class="found">
          <p class="quiet" role="status">
            {found.unknown.length > 0 && `It does not know: ${found.unknown.join(', ')}`}
          </p>
          <Hypotheses
            label="The best translations"
            rows={found.translations.map(({ text, probability }) => ({ text, probability }))}
            chosen={choice}
            onChoose={(choice) => setChosen(String(choice + 1))}
          />
          <div class="matrix">
            <Attention
              label="Where the network looks: a row for each French word, a column for each English one"
              columns={found.english}
              rows={[...found.translations[choice].words, 'end']}
              weights={found.translations[choice].attention}
              words
            />
          </div>
        </div>
      )}
    </section>
  );
}
