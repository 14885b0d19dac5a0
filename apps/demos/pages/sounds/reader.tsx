/* The reader's own word: the ways to say it, and where the network looks. */
import { useAnswer } from '../../src/frame/answer.js';
import { Attention } from '../../src/frame/attention.js';
import { Hypotheses } from '../../src/frame/hypotheses.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { JudgedWord, SpokenWord } from './inference.js';
import { Phones } from './phones.js';

const examples = ['thought', 'physics', 'recurrent', 'queue'];

export function Reader({ ask, picture }: ResultProps<readonly JudgedWord[]>) {
  const [word, setWord] = useUrlState('word', examples[0]);
  const [chosen, setChosen] = useUrlState('choice', '1');
  const spoken = useAnswer<SpokenWord>({ ask, picture }, word);
  const choice = Math.min(Number(chosen) || 1, spoken?.sayings.length ?? 1) - 1;
  const use = (word: string) => {
    setWord(word);
    setChosen('1');
  };
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your word</h2>
      <label class="field">
        English, the letters a to z
        <input
          type="text"
          maxLength={14}
          value={word}
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
      {spoken && (
        <div class="spoken">
          <Hypotheses
            label="The most probable pronunciations"
            rows={spoken.sayings.map(({ phones, probability }) => ({
              text: <Phones phones={phones} />,
              probability,
            }))}
            chosen={choice}
            onChoose={(choice) => setChosen(String(choice + 1))}
          />
          <Attention
            label="Where the network looks: a row for each phone, a column for each letter"
            columns={spoken.letters}
            rows={[...spoken.sayings[choice].phones, 'end']}
            weights={spoken.attention[choice]}
          />
        </div>
      )}
    </section>
  );
}
