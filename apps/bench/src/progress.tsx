/* Start, abort, how far it is, and what could not be opened. */
import { threadsOf } from '@recurra/bench/format';
import type { Choices } from './choices.js';
import type { Run, Runs } from './run.js';

interface ProgressProps {
  readonly runs: Runs;
  readonly choices: Choices;
  /** It is known what runs here. */
  readonly ready: boolean;
}

export function Progress({ runs: { run, start, abort }, choices, ready }: ProgressProps) {
  const running = run.status === 'running';
  const lacking = (['scenarios', 'systems', 'threads'] as const).find((of) => choices[of].length === 0);
  const left = run.left.filter(({ reason }) => reason !== oneThread);
  return (
    <section class="controls" aria-label="The run">
      <div class="buttons">
        <button
          type="button"
          class="primary"
          disabled={running || !ready || lacking !== undefined}
          onClick={() => start(choices)}
        >
          Start
        </button>
        <button type="button" disabled={!running} onClick={abort}>
          Abort
        </button>
      </div>
      {running && (
        <label class="field going">
          {doing(run)}
          <progress max={run.scenarios} value={run.progress?.index ?? 0} />
        </label>
      )}
      <p class="quiet reasons">
        <strong class="error" role="alert">
          {run.error && `It failed: ${run.error}`}
        </strong>
        <span role="status">{told(run, lacking)}</span>
      </p>
      {left.map(({ system, threads, reason }) => (
        <p class="quiet reasons" key={`${system} ${threads}`}>
          {system} was left out with {threadsOf(threads)}: {reason}
        </p>
      ))}
    </section>
  );
}

/** Not worth a word where one thread was measured. */
const oneThread = 'it has one thread';

function doing({ progress, scenarios }: Run): string {
  if (!progress) return 'Loading the systems …';
  return `${progress.index + 1} of ${scenarios}: ${progress.scenario}, ${progress.doing} …`;
}

/** Changes seldom, since screen readers say it. */
function told({ status, progress, results: { rows } }: Run, lacking: string | undefined): string {
  const measured = `${rows.length} measurements`;
  switch (status) {
    case 'none':
      return lacking ? `Pick ${lacking} to measure.` : 'Close other programs: they make the times longer.';
    case 'running':
      return progress ? `Measuring ${progress.scenario}` : '';
    case 'finished':
      return `Finished: ${measured}.`;
    case 'aborted':
      return `Aborted after ${measured}.`;
    case 'failed':
      return '';
  }
}
