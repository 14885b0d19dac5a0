import { basename, dirname, join } from 'node:path';
import { type Network, OptionError, UnsupportedError } from '@recurra/core';
import {
  writeKerasArchive,
  writeLayersModel,
  writeOnnx,
  writeOnnxSteps,
  writePytorch,
} from '@recurra/interop';
import type { Command } from 'commander';
import { backendFactory } from '../backends.js';
import { writeTogether } from '../files.js';
import { addSequenceOptions, readModel } from '../models.js';

interface ConvertOptions {
  lengths?: boolean;
  given?: string;
  sequence?: boolean;
}

export function convertCommand(program: Command): void {
  const command = program
    .command('convert')
    .description('convert a model to another format; the formats follow from the names’ endings')
    .argument(
      '<in>',
      'a .safetensors file of Recurra or PyTorch, a model.json of tfjs-layers, or a .keras file',
    )
    .argument(
      '<out>',
      'an .onnx file, a .safetensors file of Recurra, a .keras file, a model.json (tfjs-layers), or a model.py (PyTorch)',
    )
    .option(
      '--lengths',
      'add the valid steps of each row to an .onnx file as an input `lengths`, of a graph `NAME.lengths` for each input',
    )
    .option(
      '--given <names>',
      'divide an .onnx file in two: NAME.given.onnx, what depends on these inputs alone (names with commas), and NAME.step.onnx, one step of the rest',
    )
    .addHelpText(
      'after',
      '\nWith a model.json, weights.bin is written too; with a model.py, model.safetensors and train_ddp.py.',
    )
    .action(convert);
  addSequenceOptions(command);
}

async function convert(from: string, to: string, options: ConvertOptions): Promise<void> {
  const writer = writerFor(to, options);
  const model = await readModel(from, options);
  if (!model.network) {
    throw new UnsupportedError(
      `${basename(from)} is a graph of operators, not a stack of layers, so it cannot be converted; ` +
        '`recurra run` runs it as it is',
    );
  }
  // Float64 holds every float32 exactly.
  const backend = await backendFactory('reference')();
  try {
    const files = await writer(await model.network(backend));
    const contents = Object.entries(files).map(
      ([name, content]) => [join(dirname(to), name), content] as const,
    );
    await writeTogether(contents);
    for (const [path] of contents) process.stdout.write(`${path}\n`);
  } finally {
    backend.dispose();
  }
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** The writer of a format; it returns the files by name. @throws OptionError if no format has this ending */
function writerFor(
  to: string,
  { lengths = false, given }: ConvertOptions,
): (network: Network) => Promise<Files> {
  const name = basename(to);
  if (name.endsWith('.onnx') && given !== undefined) {
    return async (network) => {
      const steps = await writeOnnxSteps(network, { given: given.split(','), lengths });
      const stem = name.slice(0, -'.onnx'.length);
      return { [`${stem}.given.onnx`]: steps.given as Uint8Array, [`${stem}.step.onnx`]: steps.step };
    };
  }
  if (given !== undefined) throw new OptionError(`--given is for .onnx, not for ${name}`);
  if (name.endsWith('.onnx')) return async (network) => ({ [name]: await writeOnnx(network, { lengths }) });
  if (lengths) throw new OptionError(`--lengths is for .onnx, not for ${name}`);
  if (name.endsWith('.safetensors')) return async (network) => ({ [name]: await network.save() });
  if (name === 'model.json') return async (network) => ({ ...(await writeLayersModel(network)) });
  if (name === 'model.py') return async (network) => ({ ...(await writePytorch(network)) });
  if (name.endsWith('.keras')) return async (network) => ({ [name]: await writeKerasArchive(network) });
  if (name.endsWith('.json') || name.endsWith('.py')) {
    const fixed = name.endsWith('.json') ? 'model.json' : 'model.py';
    throw new OptionError(
      `${name}: the file must be called ${fixed}, because the other files refer to that name`,
    );
  }
  throw new OptionError(
    `${name}: expected .onnx, .safetensors, .keras, model.json (tfjs-layers) or model.py (PyTorch)`,
  );
}
