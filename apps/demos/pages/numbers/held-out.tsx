/* A held-out string and how it is read, and a list of others. */
import { useAnswer } from '../../src/frame/answer.js';
import { useGradually } from '../../src/frame/frames.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Alignment } from './alignment.js';
import { Digits } from './digits.js';
import type { Question, Reading, ReadString } from './inference.js';
import { isRight, marksOf } from './marks.js';

export function HeldOut({ ask, picture }: ResultProps<readonly ReadString[]>) {
  const [chosen, setChosen] = useUrlState('string', '1');
  const index = Math.min(Math.max(Math.round(Number(chosen)) || 1, 1), picture?.length ?? 1) - 1;
  const question: Question = { string: index };
  const reading = useAnswer<Reading>({ ask, picture }, question);
  const rows = picture?.map((string) => ({ ...string, marks: marksOf(string.read, string.spoken) }));
  const right = rows?.filter(({ marks }) => marks.every(isRight)).length;
  const shown = useGradually(rows, 3);
  return (
    <>
      <section data-picture aria-labelledby="alignment">
        <h2 id="alignment">
          {picture ? `${picture[index].speaker} says ${picture[index].spoken.join(' ')}` : 'A string'}
        </h2>
        <Alignment reading={reading} />
      </section>
      <section class="held-out" data-picture aria-labelledby="held-out">
        <h2 id="held-out">
          Twelve strings that are not in the training data{' '}
          <span class="quiet">{right !== undefined && `${right} read without a mistake`}</span>
        </h2>
        <table>
          <thead>
            <tr>
              <th scope="col">Speaker</th>
              <th scope="col">Spoken</th>
              <th scope="col">Read</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ speaker, spoken, marks }, i) => (
              <tr key={i}>
                <td>{speaker}</td>
                <td>
                  <button type="button" aria-pressed={i === index} onClick={() => setChosen(String(i + 1))}>
                    {spoken.join(' ')}
                  </button>
                </td>
                <td>
                  <Digits marks={marks} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
