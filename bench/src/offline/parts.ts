/* The parts of the offline bundle's run. Each is a process of its own, with a time limit. */
import type { GpuKind } from '@recurra/conformance';
import { type PlaceName, type Scenario, scenariosIn } from '../scenarios.js';
import { type SuiteColumn, suiteColumns } from './columns.js';

/** What the user chose. */
export interface Choice {
  readonly gpu: GpuKind;
  /** Words of the names of scenarios. Default: all that the bundle has. */
  readonly scenario?: string;
  /** Text in the titles of the suite's cases. Default: all cases. */
  readonly suite?: string;
  /** The parts that run, by name. Default: all. */
  readonly only?: readonly string[];
}

export interface Part {
  readonly name: string;
  readonly title: string;
  /**
   * Parts of the stage `proof` run at the same time, because only their results matter. The others run one
   * after another.
   */
  readonly stage: 'proof' | 'times';
  readonly needsChromium: boolean;
  /** The script, in the folder of this file. */
  readonly script: string;
  /** Its arguments; `json` is the file for the results. */
  args(json: string): string[];
}

/** Seconds of each stage, if the run may take the eight minutes of its default. */
export const shares = {
  proof: 150,
  times: { 'node-webgpu': 120, 'chromium-webgpu': 120, 'chromium-webgl': 60 },
};

export type TimedPlace = keyof typeof shares.times & PlaceName;

/** The other systems in each place: those on the GPU. */
const peers: Readonly<Record<TimedPlace, string>> = {
  'node-webgpu': 'tfjs-webgpu,pytorch-cuda',
  'chromium-webgpu': 'tfjs-webgpu,onnxruntime-webgpu',
  'chromium-webgl': 'tfjs-webgl',
};

/** Fewer than the bench's default, so that all scenarios fit in the time. */
const rounds = 7;

/** What a place measures. */
export function scenariosFor({ gpu, scenario }: Choice, place: TimedPlace): readonly Scenario[] {
  return scenariosIn(place, scenario).filter(({ needs }) => needs !== 'hardware' || gpu === 'hardware');
}

/**
 * The parts that the user chose, without places that have none of the chosen scenarios.
 * @param expected the folder in which the outputs of the reference backend are kept
 */
export function partsOf(choice: Choice, expected: string): Part[] {
  const { gpu, scenario, suite, only } = choice;
  const words = scenario === undefined ? [] : ['--scenario', scenario];
  const proofs = (Object.keys(suiteColumns) as SuiteColumn[]).map(
    (column): Part => ({
      name: `suite-${column}`,
      title: suiteColumns[column].title,
      stage: 'proof',
      needsChromium: suiteColumns[column].page !== undefined,
      script: 'suite.js',
      args: (json) => [
        column,
        '--gpu',
        gpu,
        '--json',
        json,
        ...(suite === undefined ? [] : ['--only', suite]),
      ],
    }),
  );
  const times = (Object.keys(shares.times) as TimedPlace[]).map(
    (place): Part => ({
      name: place,
      title: `times in ${place}`,
      stage: 'times',
      needsChromium: place.startsWith('chromium'),
      script: 'main.js',
      args: (json) => [
        ...['--place', place, '--peers', peers[place], '--gpu', gpu, '--rounds', `${rounds}`],
        ...['--expected', expected, '--json', json, ...words],
      ],
    }),
  );
  const parts = [...proofs, ...times];
  const unknown = only?.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined)
    throw new Error(
      `--only: there is no part '${unknown}'; the parts are ${parts.map(({ name }) => name).join(', ')}`,
    );
  const chosen = parts.filter(({ name }) => {
    const measuresNothing = name in shares.times && scenariosFor(choice, name as TimedPlace).length === 0;
    return (!only || only.includes(name)) && !measuresNothing;
  });
  if (chosen.length > 0) return chosen;
  throw new Error(`--scenario: no scenario that runs here has '${scenario}' in its name`);
}
