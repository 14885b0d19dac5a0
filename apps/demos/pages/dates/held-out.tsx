/* Held-out phrases, and the dates that the network writes for them. */
import type { JudgedDate } from './inference.js';

export function HeldOut({ dates }: { dates: readonly JudgedDate[] | undefined }) {
  const right = dates?.filter(({ written, iso }) => written === iso).length;
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">
        Fourteen dates that are not in the training data{' '}
        <span class="quiet">{dates && `${right} written without a mistake`}</span>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">In words</th>
            <th scope="col">The network</th>
            <th scope="col">
              <code>Date</code>
            </th>
          </tr>
        </thead>
        <tbody>
          {dates?.map((date) => (
            <tr key={date.words}>
              <td>{date.words}</td>
              <Cell written={date.written} iso={date.iso} />
              <Cell written={date.parsed} iso={date.iso} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A date, with its wrong characters struck out. */
function Cell({ written, iso }: { written: string | undefined; iso: string }) {
  if (!written) return <td class="wrong">none ✗</td>;
  return (
    <td class={written === iso ? 'right' : 'wrong'}>
      {[...written].map((character, i) => (character === iso[i] ? character : <s key={i}>{character}</s>))}
      {written === iso ? '' : ' ✗'}
    </td>
  );
}
