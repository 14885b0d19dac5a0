/* The reader's digit, or a held-out image, and its name as the network spells it. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { SIDE } from '../digits/images.js';
import { Pad } from '../digits/pad.js';
import { Shades } from '../digits/shades.js';
import { Thumbs } from '../digits/thumbs.js';
import { useDrawing } from '../digits/use-drawing.js';
import { type HeldOut, isMisspelt, type Question, type Spelling } from './inference.js';
import { Letters } from './letters.js';

const BLANK = new Uint8Array(SIDE * SIDE);

export function Reader({ ask, picture }: ResultProps<HeldOut>) {
  const [image, setImage] = useUrlState('image', '41');
  const [given, setGiven] = useUrlState('given', '');
  const { strokes, sent, draw } = useDrawing();
  const question: Question = { image: sent.length > 0 ? sent : Number(image), given };
  const answer = useAnswer<Spelling>({ ask, picture }, question);
  const chosen = strokes.length > 0 ? undefined : Number(image);
  const choose = (index: number) => {
    draw([], true);
    setGiven('');
    setImage(String(index));
  };
  return (
    <>
      <section aria-labelledby="spelt" data-picture>
        <h2 id="spelt">The name that it spells</h2>
        <div class="spelling">
          <Pad
            strokes={strokes}
            draw={(next, done) => {
              if (given !== '') setGiven('');
              draw(next, done);
            }}
          />
          <div class="seen">
            <Shades
              values={answer?.pixels ?? BLANK}
              columns={SIDE}
              label={answer?.name === undefined ? 'Your drawing, as the network sees it' : `A ${answer.name}`}
            />
          </div>
          <Name answer={answer} own={strokes.length > 0} />
        </div>
        <Letters choices={answer?.choices ?? []} given={given} choose={setGiven} />
      </section>
      <section aria-labelledby="choose">
        <h2 id="choose">Or an image that is not in the training data</h2>
        <Thumbs
          images={picture?.examples}
          chosen={chosen}
          choose={choose}
          isWrong={isMisspelt}
          caption={({ name, spelt }) => (
            <>
              <span class="visually-hidden">A {name}, spelt </span>
              {spelt || '—'}
            </>
          )}
        />
      </section>
      <section aria-labelledby="wrong" data-picture>
        <h2 id="wrong">
          What it spells wrong <span class="quiet">{picture && summaryOf(picture)}</span>
        </h2>
        <Thumbs
          images={picture?.wrong}
          chosen={chosen}
          choose={choose}
          isWrong={isMisspelt}
          caption={({ name, spelt }) => (
            <>
              {spelt || '—'}
              <span class="visually-hidden">, but it is a {name}</span>
            </>
          )}
        />
      </section>
    </>
  );
}

function Name({ answer, own }: { answer: Spelling | undefined; own: boolean }) {
  const spelt = answer?.choices.map(({ letter }) => (letter === 'end' ? '' : letter)).join('');
  return (
    <p class="name" aria-live={own ? 'polite' : 'off'}>
      <span class="visually-hidden">It spells </span>
      {spelt ?? '?'}
      {answer?.name !== undefined && spelt !== answer.name && (
        <span class="quiet"> ✗ it is a {answer.name}</span>
      )}
    </p>
  );
}

function summaryOf({ misspelt, nonsense, wrong }: HeldOut): string {
  const first = misspelt > wrong.length ? `; the first ${wrong.length}` : '';
  const names = nonsense === 0 ? 'all as other digits' : `${nonsense} of them as no digit`;
  return `${misspelt} of 500, ${names}${first}`;
}
