import type { NDArray } from '@recurra/core';
import type { RunnableModel } from '@recurra/interop';
import type { Command } from 'commander';
import { arraysFrom, arraysToJson } from '../arrays.js';
import { backendFactory } from '../backends.js';
import { readJson, write } from '../files.js';
import { addSequenceOptions, readModel } from '../models.js';

interface RunOptions {
  input: string;
  output?: string;
  backend: string;
  sequence?: boolean;
}

export function runCommand(program: Command): void {
  const command = program
    .command('run')
    .description('run a model of any format on named arrays')
    .argument(
      '<model>',
      'an .onnx file, a .safetensors file of Recurra or PyTorch, a model.json of tfjs-layers, or a .keras file',
    )
    .requiredOption(
      '--input <file>',
      'a .json file, { "name": { "shape": […], "data": […] } }; a model with one input also accepts the name "input"',
    )
    .option('--output <file>', 'a .json file to write, of the same form; default: print to stdout')
    .option('--backend <name>', 'the backend to run on', 'cpu')
    .action(run);
  addSequenceOptions(command);
}

async function run(path: string, { input, output, backend: name, sequence }: RunOptions): Promise<void> {
  const create = backendFactory(name);
  const feeds = arraysFrom(await readJson(input), input);
  const file = await readModel(path, { sequence });
  const backend = await create();
  try {
    const model = await file.run(backend);
    const json = `${arraysToJson(await model.run(named(model, feeds)))}\n`;
    if (output === undefined) process.stdout.write(json);
    else await write(output, json);
  } finally {
    backend.dispose();
  }
}

/** If the model has one input, it can be given as `input`, whatever its name. */
function named({ inputs }: RunnableModel, feeds: Record<string, NDArray>): Record<string, NDArray> {
  const [name, ...others] = Object.keys(feeds);
  return inputs.length === 1 && name === 'input' && others.length === 0
    ? { [inputs[0].name]: feeds.input }
    : feeds;
}
