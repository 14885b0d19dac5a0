/* The held-out score with its baselines, and the progress of the training. */
import { Curve } from './curves.js';
import { Race } from './race.js';
import type { Training } from './training.js';

export function Score({ training }: { training: Training }) {
  const { started, scores, baselines } = training;
  const score = scores.at(-1)?.value;
  const { unit = '', decimals = 1, label = '', better = 'higher' } = started?.score ?? {};
  const withUnit = (value: number) => `${value.toFixed(decimals)}${unit === '%' ? '' : ' '}${unit}`;
  return (
    <section class="score" aria-label="Held-out score">
      <p class="number" data-score={score ?? ''}>
        {score === undefined ? '…' : withUnit(score)}
      </p>
      <p class="quiet">
        {label}
        {better === 'lower' ? ' (lower is better)' : ''}
      </p>
      <table class="baselines">
        <tbody>
          {baselines.map(({ name, score }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{withUnit(score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Race training={training} />
      <p class="verdict">{verdict(training)}</p>
    </section>
  );
}

/** Says whether the network is better than the first baseline. */
function verdict({ started, baselines: [first], scores, passed, origin, status }: Training): string {
  const score = scores.at(-1)?.value;
  if (!first || score === undefined || !started) return ' ';
  const ahead = started.score.better === 'higher' ? score > first.score : score < first.score;
  if (origin !== 'seed') return ahead ? `Better than ${first.name}.` : `Not better than ${first.name}.`;
  if (passed !== undefined) {
    return `Beat ${first.name} after ${passed.toFixed(1)} s of training${ahead ? '' : ', but is behind it now'}.`;
  }
  return status === 'finished'
    ? `Did not beat ${first.name} in this training.`
    : `Not yet better than ${first.name}.`;
}

export function Numbers({ training }: { training: Training }) {
  const { progress, curves, started, status } = training;
  return (
    <section class="numbers" aria-label="Loss, gradient and speed">
      <Curve title="Loss" steps={curves[0]} values={curves[1]} color="--blue" />
      <Curve title="Gradient norm" steps={curves[0]} values={curves[2]} color="--orange" />
      <p class="quiet facts">
        {progress
          ? `Epoch ${progress.epoch} of ${progress.epochs} · step ${curves[0].at(-1)?.toLocaleString('en')} · ${Math.round(progress.perSecond).toLocaleString('en')} sequences/s · ${progress.seconds.toFixed(1)} s`
          : ' '}
        <br />
        {started ? `${started.parameters.toLocaleString('en')} weights` : ' '}
      </p>
      <p class="visually-hidden" role="status">
        {announcement[status]}
      </p>
    </section>
  );
}

const announcement = {
  loading: 'Loading',
  training: 'Training',
  paused: 'Paused',
  finished: 'Training has finished',
  failed: 'Training has failed',
};
