/* The pages' tasks and inference, each loaded when its page needs it. */
import type { Network } from '@recurra/core';
import { type Data, type Settings, type Task, withChanges } from '../task.js';
import type { StartOptions } from './protocol.js';

/** The networks that are trained side by side, by name. */
export type Networks = Readonly<Record<string, Network>>;

/**
 * The exports of a page's `inference.ts`. It runs in the worker. `network` is the one of `networks` that the
 * reader chose.
 */
export interface Inference {
  /** The picture of the result. It is sent to the page repeatedly during training. */
  picture(network: Network, data: Data, networks: Networks): Promise<unknown>;
  /** The network's answer to the reader's input. */
  answer(network: Network, data: Data, question: unknown, networks: Networks): Promise<unknown>;
}

export interface Loaded {
  readonly task: Task;
  readonly settings: Settings;
  readonly data: Data;
}

const tasks = import.meta.glob<Task>('../../pages/*/task.ts', { import: 'default' });
const inferences = import.meta.glob<Inference>('../../pages/*/inference.ts');

export async function loadTask({ page, changed }: StartOptions): Promise<Loaded> {
  const task = await tasks[`../../pages/${page}/task.ts`]();
  const settings = withChanges(task, changed);
  return { task, settings, data: await task.prepare(await Promise.all(task.files.map(bytesOf)), settings) };
}

export function loadInference(page: string): Promise<Inference> {
  return inferences[`../../pages/${page}/inference.ts`]();
}

async function bytesOf(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} could not be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
