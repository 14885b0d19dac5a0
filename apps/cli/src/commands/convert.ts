import { basename, dirname, join } from 'node:path';
import { type Network, OptionError, UnsupportedError } from '@recurra/core';
import { writeLayersModel, writeOnnx, writePytorch } from '@recurra/interop';
import type { Command } from 'commander';
import { backendFactory } from '../backends.js';
import { writeTogether } from '../files.js';
import { addSequenceOptions, readModel } from '../models.js';

interface ConvertOptions {
  lengths?: boolean;
  sequence?: boolean;
}

export function convertCommand(program: Command): void {
  const command = program
    .command('convert')
    .description("move a model to another format; the names' endings say which")
    .argument('<in>', 'a .safetensors of ours or of PyTorch, a model.json of tfjs-layers, or a .keras')
    .argument('<out>', 'a .onnx, a .safetensors of ours, a model.json, or a model.py for PyTorch')
    .option('--lengths', 'give an .onnx an input `lengths`, the valid steps of each row')
    .addHelpText(
      'after',
      '\nBeside a model.json, weights.bin is written; beside a model.py, model.safetensors and train_ddp.py.',
    )
    .action(convert);
  addSequenceOptions(command);
}

async function convert(from: string, to: string, options: ConvertOptions): Promise<void> {
  const writer = writerFor(to, options);
  const model = await readModel(from, options);
  if (!model.network) {
    throw new UnsupportedError(
      `${basename(from)} is a graph of operators, and not a stack of layers that another format could be written from; ` +
        '`recurra run` runs it as it is',
    );
  }
  // In float64 every float32 is exact.
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

/** What writes the files of a format, by name, into the folder of `to`. @throws OptionError for another ending */
function writerFor(to: string, { lengths = false }: ConvertOptions): (network: Network) => Promise<Files> {
  const name = basename(to);
  if (name.endsWith('.onnx')) return async (network) => ({ [name]: await writeOnnx(network, { lengths }) });
  if (lengths) throw new OptionError(`--lengths is for .onnx, and ${name} is none`);
  if (name.endsWith('.safetensors')) return async (network) => ({ [name]: await network.save() });
  if (name === 'model.json') return async (network) => ({ ...(await writeLayersModel(network)) });
  if (name === 'model.py') return async (network) => ({ ...(await writePytorch(network)) });
  if (name.endsWith('.keras')) {
    throw new OptionError(
      `${name}: Keras 3's archive is read, not written; write a model.json of tfjs-layers`,
    );
  }
  if (name.endsWith('.json') || name.endsWith('.py')) {
    const fixed = name.endsWith('.json') ? 'model.json' : 'model.py';
    throw new OptionError(
      `${name}: what is written is called ${fixed}, for the files beside it go by that name`,
    );
  }
  throw new OptionError(
    `${name}: a model is written as .onnx, .safetensors, model.json (tfjs-layers) or model.py (PyTorch)`,
  );
}
