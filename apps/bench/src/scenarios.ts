/* The scenarios of the bench, grouped for the page. */
import { allScenarios, type Scenario } from '@recurra/bench/scenarios';

/** The scenarios that are selected when the page opens. Each takes seconds. */
export const initialScenarios = ['lstm-S-forward', 'lstm-S-train', 'lstm-stream'];

export interface Group {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

export const groups: readonly Group[] = [...new Set(allScenarios.map(titleOf))].map((title) => ({
  title,
  scenarios: allScenarios.filter((scenario) => titleOf(scenario) === title),
}));

function titleOf({ name, cell, mode, places, outputs }: Scenario): string {
  if (places) return 'Sizes for GPUs';
  if (name.startsWith('curve-')) return 'Gradients, one size at a time: Recurra only';
  if (mode === 'task') return 'A complete training';
  if (outputs) return 'Small, with a dense layer';
  return { lstm: 'LSTM', gru: 'GRU', rnn: 'Simple RNN', minGru: 'minGRU' }[cell];
}

/** `T 100, B 1, I 64, H 128` */
export function sizesOf({ shape, outputs }: Pick<Scenario, 'shape' | 'outputs'>): string {
  const sizes = Object.entries({ ...shape, ...(outputs && { outputs }) });
  return sizes.map(([axis, size]) => `${axis} ${size}`).join(', ');
}
