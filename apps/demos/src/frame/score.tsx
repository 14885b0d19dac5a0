/* The held-out score with its baselines, and the progress of the training. */
import { isBetter } from '../task.js';
import { Curve } from './curves.js';
import { looksOf } from './looks.js';
import { Race } from './race.js';
import { SideBySide } from './side-by-side.js';
import type { Training } from './training.js';

export function Score({ training }: { training: Training }) {
  const { started, scores, baselines } = training;
  const score = scores.at(-1)?.values[started?.followed ?? 0];
  const { unit = '', decimals = 1, label = '', better = 'higher' } = started?.score ?? {};
  const withUnit = (value: number) => `${value.toFixed(decimals)}${unit === '%' ? '' : ' '}${unit}`;
  return (
    <section class="score" aria-label="Held-out score">
      <p class="number" data-score={score ?? ''}>
        {score === undefined ? '…' : withUnit(score)}
      </p>
      <p class="quiet">
        {followedName(training)}
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
      <SideBySide training={training} />
    </section>
  );
}

/** The network of the score, if there are several. */
function followedName({ started }: Training): string {
  const name = started?.networks[started.followed].name;
  return name ? `${name}: ` : '';
}

/** Reports if the network is better than the first baseline. */
function verdict({ started, baselines: [first], scores, passed, origin, status }: Training): string {
  const score = scores.at(-1)?.values[started?.followed ?? 0];
  if (!first || score === undefined || !started) return ' ';
  const ahead = isBetter(started.score, score, first.score);
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
  const { networks = [{ parameters: 0 }], followed = 0, clip } = started ?? {};
  const common = { steps: curves.steps, followed };
  const limit = networks.length > 1 ? clip : undefined;
  return (
    <section class="numbers" aria-label="Loss, gradient and speed">
      <Curve title="Loss" {...common} lines={curves.losses} looks={looksOf(networks.length, '--blue')} />
      <Curve
        title={limit === undefined ? 'Gradient norm' : `Gradient norm, clipped to ${limit}`}
        {...common}
        lines={curves.gradientNorms}
        looks={looksOf(networks.length, '--orange')}
        limit={limit}
      />
      <p class="quiet facts">
        {progress
          ? `Epoch ${progress.epoch} of ${progress.epochs} · step ${curves.steps.at(-1)?.toLocaleString('en')} · ${Math.round(progress.perSecond).toLocaleString('en')} sequences/s · ${progress.seconds.toFixed(1)} s`
          : ' '}
        <br />
        {started ? `${networks[followed].parameters.toLocaleString('en')} weights` : ' '}
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
