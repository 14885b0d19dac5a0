/* A scenario's rows, with the reasons for missing ones. */
import { duration, percent, significant } from '@recurra/bench/format';
import type { Refusal, Row } from '@recurra/bench/results';
import type { Ratio } from './ratio.js';

interface TableProps {
  readonly scenario: string;
  readonly rows: readonly Row[];
  readonly refused: readonly Refusal[];
  readonly ratio: Ratio;
}

const columns = ['Threads', 'Median', 'Min – max', 'Spread', 'Ratio', 'Runs', 'Runs on'];

export function Table({ scenario, rows, refused, ratio }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" aria-label={`Times of ${scenario}`} tabIndex={0}>
      <table class="times">
        <thead>
          <tr>
            <th scope="col">System</th>
            {columns.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Times key={`${row.system} ${row.threads}`} row={row} times={ratio(row)} />
          ))}
          {refused.map(({ system, threads, reason, wrong }) => (
            <tr key={`${system} ${threads}`} data-refused={system}>
              <th scope="row">{system}</th>
              <td>{threads}</td>
              <td colSpan={columns.length - 1} class={wrong ? 'reason error' : 'reason quiet'}>
                {wrong ? 'Refused, not timed' : 'Left out'}: {reason}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Times({ row, times }: { row: Row; times: number | undefined }) {
  const { system, version, threads, medianMs, minMs, maxMs, spread, runs, executor, gpu } = row;
  return (
    <tr data-system={system}>
      <th scope="row">
        {system} <span class="quiet">{version}</span>
      </th>
      <td>{threads}</td>
      <td>{duration(medianMs)}</td>
      <td>
        {duration(minMs)} – {duration(maxMs)}
      </td>
      <td>±{percent(spread / 2)}</td>
      <td>{times === undefined ? '' : `×${significant(times)}`}</td>
      <td>{runs}</td>
      <td class="reason">
        {executor}
        {gpu && (
          <strong>
            {gpu.software ? ' · emulated in software' : ' · hardware'}
            {executor.includes(gpu.adapter) ? '' : `: ${gpu.adapter}`}
          </strong>
        )}
      </td>
    </tr>
  );
}
