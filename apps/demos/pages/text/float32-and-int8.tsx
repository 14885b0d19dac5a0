/* What int8 weights save and cost: measured on the reader's device, for the network as it is now. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import type { Comparison } from './measuring.js';

export function Float32AndInt8(props: Pick<ResultProps<unknown>, 'ask' | 'picture'>) {
  const measured = useAnswer<Comparison>(props, 'measure');
  return (
    <section data-picture aria-labelledby="int8" class="float32-and-int8">
      <h2 id="int8">What int8 weights save and cost</h2>
      {measured ? <Table {...measured} /> : <p class="quiet">Being measured …</p>}
    </section>
  );
}

function Table({ float32, int8, layers }: Comparison) {
  const change = 100 * (int8.bits / float32.bits - 1);
  const ratio = int8.milliseconds / float32.milliseconds;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">measured here, now</th>
            <th scope="col">float32</th>
            <th scope="col">int8</th>
            <th scope="col">difference</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Bits per character, held-out text</th>
            <td>{float32.bits.toFixed(4)}</td>
            <td>{int8.bits.toFixed(4)}</td>
            <td>{signed(change.toFixed(2))} %</td>
          </tr>
          <tr>
            <th scope="row">File, in bytes</th>
            <td>{float32.bytes.toLocaleString('en')}</td>
            <td>{int8.bytes.toLocaleString('en')}</td>
            <td>× {(int8.bytes / float32.bytes).toFixed(2)}</td>
          </tr>
          <tr>
            <th scope="row">Time of a character, in a stream</th>
            <td>{time(float32.milliseconds)}</td>
            <td>{time(int8.milliseconds)}</td>
            <td>× {ratio.toFixed(2)}</td>
          </tr>
        </tbody>
      </table>
      <p class="quiet">{where(layers)}</p>
    </>
  );
}

function signed(number: string): string {
  if (Number(number) === 0) return number.replace('-', '');
  return number.startsWith('-') ? number.replace('-', '−') : `+${number}`;
}

function time(milliseconds: number): string {
  return milliseconds < 1 ? `${Math.round(1000 * milliseconds)} µs` : `${milliseconds.toFixed(1)} ms`;
}

/** Tells on which layers the backend computes with int8 weights, and why not on the others. */
function where(layers: Comparison['layers']): string {
  const stay = layers.filter(({ expanded }) => expanded === undefined).map(({ layer }) => layer);
  const byReason = new Map<string, string[]>();
  for (const { layer, expanded } of layers)
    if (expanded !== undefined) byReason.set(expanded, [...(byReason.get(expanded) ?? []), layer]);
  const expansions = [...byReason].map(([reason, names]) => `${names.join(', ')} (${reason})`);
  return [
    stay.length > 0 ? `On this backend the weights stay int8 in ${stay.join(', ')}.` : '',
    expansions.length > 0
      ? `${stay.length > 0 ? 'They' : 'On this backend the weights'} are expanded to floats in ${expansions.join(', ')}, where speed and memory are those of float32.`
      : '',
  ].join(' ');
}
