/* Start and abort, the progress, and the systems that could not be opened. */
import { threadsOf } from '@recurra/bench/format';
import type { Choices } from './choices.js';
import type { Run, Runs } from './run.js';

interface ProgressProps {
  readonly runs: Runs;
  readonly choices: Choices;
  /** True once it is known which systems run here. */
  readonly ready: boolean;
}

export function Progress({ runs: { run, start, abort }, choices, ready }: ProgressProps) {
  const running = run.status === 'running';
  const lacking = (['scenarios', 'systems', 'threads'] as const).find((of) => choices[of].length === 0);
  const declined = run.declined.filter(({ reason }) => reason !== oneThread);
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
        <span role="status">{announcement(run, lacking)}</span>
      </p>
      {declined.map(({ system, threads, reason }) => (
        <p class="quiet reasons" key={`${system} ${threads}`}>
          {system} was left out with {threadsOf(threads)}: {reason}
        </p>
      ))}
    </section>
  );
}

/** A reason that need not be shown: the system was measured with one thread. */
const oneThread = 'it has one thread';

function doing({ progress, scenarios }: Run): string {
  if (!progress) return 'Loading the systems …';
  return `${progress.index + 1} of ${scenarios}: ${progress.scenario}, ${progress.doing} …`;
}

/** For screen readers, so it changes rarely. */
function announcement({ status, progress, results: { rows } }: Run, lacking: string | undefined): string {
  const measured = `${rows.length} measurements`;
  switch (status) {
    case 'none':
      return lacking
        ? `Pick ${lacking} to measure.`
        : 'Close other programs first: they would make the times longer.';
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
