/* The held-out images that the network misreads, and a table of the digits that it confuses. */
import { type HeldOut, isMisread, type ReadImage } from './inference.js';
import { Thumbs, type ThumbsProps } from './thumbs.js';

interface WrongProps extends Pick<ThumbsProps<ReadImage>, 'chosen' | 'choose'> {
  readonly held: HeldOut | undefined;
}

export function Wrong({ held, chosen, choose }: WrongProps) {
  const wrong = held ? mistakes(held.confusion) : undefined;
  const more = wrong !== undefined && wrong > (held?.wrong.length ?? 0);
  return (
    <section aria-labelledby="wrong" data-picture>
      <h2 id="wrong">
        What it reads wrong{' '}
        <span class="quiet">
          {wrong === undefined ? '' : `${wrong} of 500${more ? `; the first ${held?.wrong.length}` : ''}`}
        </span>
      </h2>
      <Thumbs
        images={held?.wrong}
        chosen={chosen}
        choose={choose}
        isWrong={isMisread}
        caption={({ digit, read }) => `${digit} as ${read}`}
      />
    </section>
  );
}

export function Confusion({ held }: Pick<WrongProps, 'held'>) {
  return (
    <section aria-labelledby="confusion" data-picture>
      <h2 id="confusion">Which digits it confuses</h2>
      <table class="confusion">
        <thead>
          <tr>
            <th scope="col">Read as</th>
            {Array.from({ length: 10 }, (_, read) => (
              <th key={read} scope="col">
                {read}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 10 }, (_, digit) => (
            <tr key={digit}>
              <th scope="row">{digit}</th>
              {Array.from({ length: 10 }, (_, read) => {
                const count = held?.confusion[digit][read] ?? 0;
                return (
                  <td key={read} class={digit === read ? 'right' : ''} style={shade(count, digit === read)}>
                    {count || ''}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        A row for each true digit, with 50 images each. Blue: read correctly. Orange: misread.
      </p>
    </section>
  );
}

/** Ten mistakes have the darkest shade. */
function shade(count: number, right: boolean): Record<string, string> {
  return { '--shade': `${Math.round(45 * Math.min(1, count / (right ? 50 : 10)))}%` };
}

function mistakes(confusion: HeldOut['confusion']): number {
  return (
    confusion.flat().reduce((sum, count) => sum + count, 0) -
    confusion.reduce((sum, row, i) => sum + row[i], 0)
  );
}
