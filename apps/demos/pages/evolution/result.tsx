/* The scores by what they cost, the answers of both networks, and the reader's sequence. */
import { Key } from '../../src/frame/looks.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { BPTT_STEP, evaluations } from './costs.js';
import { Curves, type Line } from './curves.js';
import type { Sums } from './inference.js';
import { Reader } from './reader.js';
import { Scatter } from './scatter.js';
import record from './trained.json';

const names = ['BPTT', 'evolution'];
const recorded = [record.curve, record.others.evolution.curve];
const { steps, population: recordedPopulation, sigma } = record.settings;

export function Result({ picture, ask, settings, scores }: ResultProps<Sums>) {
  const population = Number(settings?.population ?? recordedPopulation);
  const lines = (of: 'evaluations' | 'seconds') => ({
    names,
    recorded: recorded.map((curve, i) =>
      curve.map(({ step, seconds, score }) => ({
        cost: of === 'seconds' ? seconds : evaluations(names[i], step, recordedPopulation),
        score,
      })),
    ),
    live: names.map((name, i): Line => {
      const points = scores.filter(({ step }) => step > 0);
      return points.map(({ step, networkSeconds, values }) => ({
        cost: of === 'seconds' ? networkSeconds[i] : evaluations(name, step, population),
        score: values[i],
      }));
    }),
  });
  return (
    <>
      <section aria-labelledby="cost">
        <h2 id="cost">What each score has cost</h2>
        <ul class="legend">
          {names.map((name, i) => (
            <li key={name}>
              <Key index={i} /> {name}
            </li>
          ))}
          <li>
            pale: the recorded training ({steps} steps, population {recordedPopulation}, σ {sigma})
          </li>
        </ul>
        <div class="two">
          <Curves title="evaluations" powers={[1, 5]} {...lines('evaluations')} />
          <Curves title="seconds" powers={[-2, 2]} {...lines('seconds')} />
        </div>
        <p class="quiet">
          Right sums in held-out sequences. An evaluation is the forward pass of one batch of 64 sequences. A
          step of BPTT counts as {BPTT_STEP}: its forward pass, and a backward pass of about twice the work. A
          generation counts as its population. The horizontal axes are logarithmic. The recorded seconds are
          those of the processor. Weights that were loaded begin at no cost here.
        </p>
        <p class="finding">{recordedFinding()}</p>
      </section>
      <section data-picture aria-labelledby="sums">
        <h2 id="sums">What each network answers</h2>
        {picture && (
          <div class="two">
            {names.map((name, i) => (
              <Scatter
                key={name}
                index={i}
                name={name}
                truth={picture.truth}
                answers={picture.answers[name]}
              />
            ))}
          </div>
        )}
        <p class="quiet">Each dot is a held-out sequence. On the diagonal, the answer is the true sum.</p>
      </section>
      <section aria-labelledby="yours">
        <h2 id="yours">Your sequence</h2>
        <p class="quiet">Choose a step, and change its number or its mark.</p>
        {settings && <Reader picture={picture} ask={ask} steps={Number(settings.steps)} />}
      </section>
    </>
  );
}

/** What the recorded training has shown. */
function recordedFinding(): string {
  const [bptt, evolution] = recorded;
  const best = Math.max(...evolution.map(({ score }) => score));
  const same = bptt.find(({ score }) => score >= best) ?? bptt[bptt.length - 1];
  const { step, seconds } = evolution.find(({ score }) => score === best) ?? evolution[0];
  const spent = evaluations('evolution', step, recordedPopulation);
  const needed = evaluations('BPTT', same.step, recordedPopulation);
  const times = (ratio: number) => `${Math.round(ratio)} times`;
  return (
    `In the recorded training, evolution’s best score was ${best.toFixed(0)} %, after ${spent.toLocaleString('en')} evaluations and ${seconds.toFixed(0)} s; it goes up and down, and was ${evolution[evolution.length - 1].score.toFixed(0)} % at the end. ` +
    `BPTT was as good after ${needed.toLocaleString('en')} evaluations and ${same.seconds.toFixed(1)} s: ` +
    `evolution took ${times(spent / needed)} as many evaluations, and ${times(seconds / same.seconds)} as long.`
  );
}
