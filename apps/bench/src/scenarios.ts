/* The scenarios of the bench in groups that a reader can look through. */
import { allScenarios, type Scenario } from '@recurra/bench/scenarios';

/** Picked at first: each takes seconds. */
export const usualScenarios = ['lstm-S-forward', 'lstm-S-train', 'lstm-stream'];

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
  if (name.startsWith('curve-')) return 'One size at a time: Recurra alone, gradients';
  if (mode === 'task') return 'A whole training';
  if (outputs) return 'Small, with a dense layer';
  return { lstm: 'LSTM', gru: 'GRU', rnn: 'Simple RNN' }[cell];
}

/** `T 100, B 1, I 64, H 128` */
export function sizesOf({ shape, outputs }: Pick<Scenario, 'shape' | 'outputs'>): string {
  const sizes = Object.entries({ ...shape, ...(outputs && { outputs }) });
  return sizes.map(([axis, size]) => `${axis} ${size}`).join(', ');
}
