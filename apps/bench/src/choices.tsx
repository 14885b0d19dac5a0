/* The choice of scenarios, systems and threads, which is kept in the URL. */
import type { PageSystem } from '@recurra/bench/systems/in-page';
import { useUrlState } from '@recurra/demos/url';
import { useState } from 'preact/hooks';
import { groups, initialScenarios, sizesOf } from './scenarios.js';
import { type Missing, systemNames, systems, threadChoices, whyNot, whyNotMeasured } from './systems.js';

/** Without those that cannot run here. */
export interface Choices {
  readonly scenarios: readonly string[];
  readonly systems: readonly PageSystem[];
  readonly threads: readonly number[];
  toggle(of: 'scenarios' | 'systems' | 'threads', value: string): void;
}

/** A list in the URL, separated by commas, in the page's order. Unknown values are left out. */
function useList(
  name: string,
  known: readonly string[],
  initial: readonly string[],
): [readonly string[], (value: string) => void] {
  const [text, setText] = useUrlState(name, initial.join());
  const requested = text.split(',');
  const chosen = known.filter((value) => requested.includes(value));
  return [
    chosen,
    (value) => setText(known.filter((other) => chosen.includes(other) !== (other === value)).join()),
  ];
}

const allScenarios = groups.flatMap(({ scenarios }) => scenarios);
const scenarioNames = allScenarios.map(({ name }) => name);
const initialSystems = systemNames.filter((name) => systems[name].initial);
const threadNames = threadChoices().map(String);

/** @param missing the backends that this browser lacks; undefined until that is known */
export function useChoices(missing: Missing = {}): Choices {
  const [named, toggleScenario] = useList('scenarios', scenarioNames, initialScenarios);
  const [chosen, toggleSystem] = useList('systems', systemNames, initialSystems);
  const [threads, toggleThreads] = useList('threads', threadNames, ['1']);
  const toggles = { scenarios: toggleScenario, systems: toggleSystem, threads: toggleThreads };
  const measured = allScenarios.filter((scenario) => !whyNotMeasured(scenario, missing));
  return {
    scenarios: measured.map(({ name }) => name).filter((name) => named.includes(name)),
    systems: (chosen as readonly PageSystem[]).filter((name) => !whyNot(name, missing)),
    threads: threads.map(Number),
    toggle: (of, value) => toggles[of](value),
  };
}

interface ChoicesProps {
  readonly choices: Choices;
  readonly missing: Missing | undefined;
  readonly running: boolean;
}

export function Choices({ choices, missing = {}, running }: ChoicesProps) {
  // A group stays open when its last scenario is unchecked.
  const [first] = useState(choices.scenarios);
  return (
    <section class="choices" aria-label="What is measured">
      <div>
        <fieldset disabled={running}>
          <legend>Systems</legend>
          {systemNames.map((name) => {
            const reason = whyNot(name, missing);
            return (
              <label key={name} class={reason ? 'missing' : ''}>
                <input
                  type="checkbox"
                  checked={choices.systems.includes(name)}
                  disabled={reason !== undefined}
                  onChange={() => choices.toggle('systems', name)}
                />
                <span>
                  {systems[name].label} <span class="quiet">{reason ?? systems[name].description}</span>
                </span>
              </label>
            );
          })}
        </fieldset>
        <Threads choices={choices} running={running} />
      </div>
      <fieldset disabled={running}>
        <legend>Scenarios</legend>
        {groups.map(({ title, scenarios }) => (
          <details
            key={title}
            open={scenarios.some(({ name }) => [...initialScenarios, ...first].includes(name))}
          >
            <summary>{title}</summary>
            {scenarios.map((scenario) => {
              const reason = whyNotMeasured(scenario, missing);
              return (
                <label key={scenario.name} class={reason ? 'missing' : ''}>
                  <input
                    type="checkbox"
                    checked={choices.scenarios.includes(scenario.name)}
                    disabled={reason !== undefined}
                    onChange={() => choices.toggle('scenarios', scenario.name)}
                  />
                  <span>
                    {scenario.name} <span class="quiet">{reason ?? sizesOf(scenario)}</span>
                  </span>
                </label>
              );
            })}
          </details>
        ))}
      </fieldset>
    </section>
  );
}

function Threads({ choices, running }: Omit<ChoicesProps, 'missing'>) {
  return (
    <fieldset class="threads" disabled={running}>
      <legend>WebAssembly threads</legend>
      {threadNames.map((count) => (
        <label key={count}>
          <input
            type="checkbox"
            checked={choices.threads.includes(Number(count))}
            onChange={() => choices.toggle('threads', count)}
          />
          <span>{count}</span>
        </label>
      ))}
      <p class="quiet">
        {crossOriginIsolated
          ? 'Systems that have only one thread are measured with one.'
          : 'More than one thread needs shared memory, which this page does not have: its server does not send the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy. The clock is coarser too, so short repetitions are timed in groups.'}
      </p>
    </fieldset>
  );
}
