/* A run, from the systems that are there to the rows: the same for the command and for the benchmark page. */
import type { Identity, Lane } from './lane.js';
import { type Measurement, measure } from './measure.js';
import type { OpenPlace } from './places.js';
import type { Scenario } from './scenarios.js';

export interface OpeningSteps {
  readonly opened: (identity: Identity) => void;
  /** A system that is not there, or not with so many threads. */
  readonly left: (system: string, threads: number, reason: string) => void;
}

/** Opens each system with each number of threads. Those that are not to be had so are told, and left out. */
export async function openLanes(
  place: Pick<OpenPlace, 'lane'>,
  systems: readonly string[],
  threads: readonly number[],
  { opened, left }: OpeningSteps,
): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const system of systems) {
    for (const count of threads) {
      try {
        const lane = await place.lane(system, count);
        opened(lane.identity);
        lanes.push(lane);
      } catch (error) {
        left(system, count, (error as Error).message);
      }
    }
  }
  return lanes;
}

export interface RunSteps {
  readonly progress: (scenario: Scenario, index: number, doing: string) => void;
  readonly measured: (scenario: Scenario, measurement: Measurement) => void;
}

/** Measures one scenario after another, each with the systems that take part in it. */
export async function measureAll(
  scenarios: readonly Scenario[],
  lanes: readonly Lane[],
  { progress, measured }: RunSteps,
): Promise<void> {
  for (const [index, scenario] of scenarios.entries()) {
    const { systems } = scenario;
    const taking = lanes.filter(({ identity }) => !systems || systems.includes(identity.system));
    measured(
      scenario,
      await measure(scenario, taking, { progress: (doing) => progress(scenario, index, doing) }),
    );
  }
}
