/* The reader's digit, or a held-out image, as the network reads it row by row. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Belief, mostProbable } from './belief.js';
import { SIDE } from './images.js';
import { type HeldOut, isMisread, type Question, type RowByRow } from './inference.js';
import { Confusion, Wrong } from './mistakes.js';
import { Pad } from './pad.js';
import { Thumbs } from './thumbs.js';
import { useDrawing } from './use-drawing.js';

export function Reader({ ask, picture }: ResultProps<HeldOut>) {
  const [image, setImage] = useUrlState('image', '41');
  const [rows, setRows] = useUrlState('rows', String(SIDE));
  const { strokes, sent, draw } = useDrawing();
  const question: Question = sent.length > 0 ? { strokes: sent } : { image: Number(image) };
  const answer = useAnswer<RowByRow>({ ask, picture }, question);
  const read = Math.min(SIDE, Math.max(1, Math.round(Number(rows)) || SIDE));
  const chosen = strokes.length > 0 ? undefined : Number(image);
  const choose = (index: number) => {
    draw([], true);
    setImage(String(index));
  };
  return (
    <>
      <section aria-labelledby="row-by-row" data-picture>
        <h2 id="row-by-row">What it believes, row by row</h2>
        <div class="reading">
          <Pad strokes={strokes} draw={draw} />
          <Belief answer={answer} rows={read} />
          <Verdict answer={answer} rows={read} own={strokes.length > 0} />
        </div>
        <label class="field slider">
          Rows read: {read} of {SIDE}
          <input
            type="range"
            min={1}
            max={SIDE}
            value={read}
            onInput={({ currentTarget }) => setRows(currentTarget.value)}
          />
        </label>
      </section>
      <section aria-labelledby="choose">
        <h2 id="choose">Or an image that it never sees in training</h2>
        <Thumbs
          images={picture?.examples}
          chosen={chosen}
          choose={choose}
          isWrong={isMisread}
          caption={({ digit, read }) => (
            <span class="visually-hidden">
              A {digit}, read as {read}
            </span>
          )}
        />
      </section>
      <Wrong held={picture} chosen={chosen} choose={choose} />
      <Confusion held={picture} />
    </>
  );
}

/** The network's prediction from the rows read so far. */
function Verdict({ answer, rows, own }: { answer: RowByRow | undefined; rows: number; own: boolean }) {
  const probabilities = answer?.beliefs[rows - 1];
  const best = probabilities && mostProbable(probabilities);
  return (
    <p class="read" aria-live={own ? 'polite' : 'off'}>
      <span class="visually-hidden">It reads </span>
      {best ?? '?'}
      <span class="quiet">
        {probabilities && best !== undefined && ` ${Math.round(100 * probabilities[best])} %`}
        {answer?.digit !== undefined && best !== answer.digit && ` ✗ it is a ${answer.digit}`}
      </span>
    </p>
  );
}
