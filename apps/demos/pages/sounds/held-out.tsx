/* Held-out words, and how the network says them. */
import { EXAMPLES } from './dictionary.js';
import type { JudgedWord } from './inference.js';
import { Phones } from './phones.js';

export function HeldOut({ words }: { words: readonly JudgedWord[] | undefined }) {
  const right = words?.filter(({ said, phones }) => said.join() === phones.join()).length;
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">
        Fourteen words that are not in the training data{' '}
        <span class="quiet">{words && `${right} said without a mistake`}</span>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Word</th>
            <th scope="col">The network</th>
            <th scope="col">The dictionary</th>
          </tr>
        </thead>
        <tbody>
          {words?.map(({ word, said, phones }) => {
            const isRight = said.join() === phones.join();
            return (
              <tr key={word}>
                <td>{word}</td>
                <td class={isRight ? 'right' : 'wrong'}>
                  <Phones phones={said} />
                  {isRight ? '' : '✗'}
                </td>
                <td>
                  <Phones phones={phones} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <details>
        <summary>The phones</summary>
        <p class="quiet">
          {Object.entries(EXAMPLES)
            .map(([phone, word]) => `${phone} as in ${word}`)
            .join(', ')}
        </p>
      </details>
    </section>
  );
}
