/* Networks trained on the same samples: the score of each, and the step at which it had learnt the task. */
import { isBetter } from '../task.js';
import { Key } from './looks.js';
import type { Training } from './training.js';

export function SideBySide({ training }: { training: Training }) {
  const { started, scores, curves, origin } = training;
  if (!started || started.networks.length === 1) return null;
  const { networks, score } = started;
  const { learnt, every, decimals, unit } = score;
  const withUnit = (value: number) => `${value.toFixed(decimals)} ${unit}`;
  /** The step of the first score at which a network had learnt the task, or a note that it diverged. */
  const when = (network: number): string => {
    const at = scores.find(({ values }) => isBetter(score, values[network], learnt as number));
    if (at && origin === 'seed') return `step ${at.step.toLocaleString('en')}`;
    if (at) return 'yes';
    const end = curves.losses[network]?.indexOf(null) ?? -1;
    return end < 0 ? 'not yet' : `diverged, step ${curves.steps[end].toLocaleString('en')}`;
  };
  return (
    <section class="side-by-side" aria-label="The networks side by side">
      <table>
        <thead>
          <tr>
            <th scope="col">network</th>
            <th scope="col">weights</th>
            <th scope="col">score</th>
            {learnt !== undefined && <th scope="col">learnt</th>}
          </tr>
        </thead>
        <tbody>
          {networks.map(({ name, parameters }, i) => (
            <tr key={name}>
              <th scope="row">
                <Key index={i} /> {name}
              </th>
              <td>{parameters.toLocaleString('en')}</td>
              <td>{scores.length > 0 ? withUnit(scores[scores.length - 1].values[i]) : '…'}</td>
              {learnt !== undefined && <td>{when(i)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {learnt !== undefined && (
        <p class="quiet">
          Learnt: the first step with a score better than {withUnit(learnt)}, measured every {every} steps.
        </p>
      )}
    </section>
  );
}
