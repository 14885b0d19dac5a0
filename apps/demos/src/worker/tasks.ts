/* The pages' tasks, each loaded with its page. */
import type { Network } from '@recurra/core';
import type { Data, Settings, Task } from '../task.js';
import type { StartOptions } from './protocol.js';

/** All that are trained side by side, by name. */
export type Networks = Readonly<Record<string, Network>>;

/** What a page's `inference.ts` exports: what the page asks of the network, computed in the worker. */
export interface Inference {
  /** The picture of the result, told to the page as training goes on. */
  picture(network: Network, data: Data, networks: Networks): Promise<unknown>;
  /** Answers the reader. */
  answer(network: Network, data: Data, question: unknown, networks: Networks): Promise<unknown>;
}

export interface Loaded {
  readonly task: Task<Settings, Data>;
  readonly settings: Settings;
  readonly data: Data;
}

const tasks = import.meta.glob<Task<Settings, Data>>('../../pages/*/task.ts', { import: 'default' });
const inferences = import.meta.glob<Inference>('../../pages/*/inference.ts');

export async function loadTask({ page, changed }: StartOptions): Promise<Loaded> {
  const task = await tasks[`../../pages/${page}/task.ts`]();
  const settings = withChanges(task, changed);
  return { task, settings, data: await task.prepare(await Promise.all(task.files.map(bytesOf)), settings) };
}

export function loadInference(page: string): Promise<Inference> {
  return inferences[`../../pages/${page}/inference.ts`]();
}

/** The task's settings, with those of `changed` that the page offers. */
function withChanges({ settings, choices }: Task, changed: StartOptions['changed']): Settings {
  const offered = Object.entries(choices).flatMap(([name, choice]) => {
    const value = choice?.values.find((value) => String(value) === changed[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...settings, ...Object.fromEntries(offered) };
}

async function bytesOf(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} could not be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
