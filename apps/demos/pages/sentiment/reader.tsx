/* The reader's sentence, as classified by the network and by naive Bayes. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Reading, ReadReview, ReadSentence } from './inference.js';
import { verdictOf, Weighed } from './weighed.js';

export function Reader({ ask, picture }: ResultProps<readonly ReadReview[]>) {
  const [sentence, setSentence] = useUrlState(
    'sentence',
    'The plot is thin, but I loved every minute of it.',
  );
  const answer = useAnswer<ReadSentence>({ ask, picture }, sentence);
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your sentence</h2>
      <label class="field">
        A sentence of a review, in English
        <input
          type="text"
          maxLength={240}
          value={sentence}
          onInput={({ currentTarget }) => setSentence(currentTarget.value)}
        />
      </label>
      <dl class="readings" aria-live="polite">
        <Row name="The network" read={answer} reading={answer?.network} />
        <Row name="Naive Bayes" read={answer} reading={answer?.bayes} />
      </dl>
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly read: ReadSentence | undefined;
  readonly reading: Reading | undefined;
}

function Row({ name, read, reading }: RowProps) {
  return (
    <div>
      <dt>
        {name} <b>{reading ? verdictOf(reading) : '…'}</b>
      </dt>
      <dd>{read && reading && <Weighed read={read} reading={reading} />}</dd>
    </div>
  );
}
