/* The results, scenario by scenario, and the file of them. */
import { ownOf, ratioTo } from '@recurra/bench/results';
import { allScenarios } from '@recurra/bench/scenarios';
import { download } from '@recurra/demos/download';
import { useUrlState } from '@recurra/demos/url';
import { Bars } from './bars.js';
import type { Ratio } from './ratio.js';
import type { Run } from './run.js';
import { sizesOf } from './scenarios.js';
import { Table } from './table.js';

export function Results({ run: { results, status } }: { run: Run }) {
  const [base, setBase] = useUrlState('base', 'recurra');
  const { rows, refused } = results;
  if (rows.length + refused.length === 0) return null;
  const own = ownOf(rows);
  const toOwn = base === 'recurra' && own !== undefined;
  const scenarios = allScenarios.filter(({ name }) =>
    [...rows, ...refused].some(({ scenario }) => scenario === name),
  );
  const save = () =>
    download(`${JSON.stringify(results, null, 1)}\n`, `bench-${results.machine.date.slice(0, 10)}.json`);
  return (
    <section aria-labelledby="results">
      <div class="heading">
        <h2 id="results">Results</h2>
        <label class="field">
          Ratio to
          <select
            value={toOwn ? 'recurra' : 'fastest'}
            onChange={({ currentTarget }) => setBase(currentTarget.value)}
          >
            <option value="recurra" disabled={own === undefined}>
              {own ?? 'Recurra, which was not measured'}
            </option>
            <option value="fastest">the fastest</option>
          </select>
        </label>
        <button type="button" disabled={status === 'running'} onClick={save}>
          Save as JSON
        </button>
      </div>
      {scenarios.map((scenario) => {
        const timed = rows.filter((row) => row.scenario === scenario.name);
        const least = Math.min(...timed.map(({ medianMs }) => medianMs));
        const ratio: Ratio = (row) => (toOwn ? ratioTo(own, row, timed) : row.medianMs / least);
        return (
          <article key={scenario.name} class="scenario" data-scenario={scenario.name}>
            <h3>
              {scenario.name} <span class="quiet">{sizesOf(scenario)}</span>
            </h3>
            {timed.length > 0 && <Bars rows={timed} ratio={ratio} />}
            <Table
              scenario={scenario.name}
              rows={timed}
              refused={refused.filter((refusal) => refusal.scenario === scenario.name)}
              ratio={ratio}
            />
          </article>
        );
      })}
    </section>
  );
}
