/* Held-out recordings by digit, with what the network heard. */
import type { HeardDigit } from './inference.js';

export function Voices({ recordings }: { recordings: readonly HeardDigit[] | undefined }) {
  const wrong = recordings?.filter(({ digit, heard }) => digit !== heard).length;
  const rows = Array.from(
    { length: 10 },
    (_, digit) => recordings?.filter((one) => one.digit === digit) ?? [],
  );
  return (
    <section data-picture aria-labelledby="voices">
      <h2 id="voices">Fifty words by a voice it has never heard</h2>
      <p class="quiet">
        {wrong === undefined
          ? ''
          : wrong === 0
            ? 'All recognised correctly.'
            : `${wrong} mistakes, marked with ✗.`}
      </p>
      <table class="voices">
        <thead>
          <tr>
            <th scope="col">Spoken</th>
            <th scope="col" colSpan={5}>
              Heard
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, digit) => (
            <tr key={digit}>
              <th scope="row">{digit}</th>
              {row.map(({ heard }, i) => (
                <td key={i} class={heard === digit ? '' : 'wrong'}>
                  {heard}
                  {heard !== digit && ' ✗'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
