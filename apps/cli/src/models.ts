/* Models in files, of every format that is read; which one it is, the name's ending says. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import {
  type Backend,
  DataError,
  FormatError,
  load,
  type Network,
  OptionError,
  readSafetensorsHeader,
} from '@recurra/core';
import {
  type ImportedModel,
  networkOf,
  type RunnableModel,
  readKerasArchive,
  readLayersModel,
  readOnnx,
  readStateDict,
  runnable,
} from '@recurra/interop';
import type { Command } from 'commander';
import { readBytes } from './files.js';

/** A model that was read and checked. */
export interface ModelFile {
  /** As a model with named inputs and outputs. */
  run(backend: Backend): Promise<RunnableModel>;
  /** As a network; absent for what is a graph and not a stack of layers. */
  network?(backend: Backend): Promise<Network>;
}

export interface ReadModelOptions {
  /** Of a state_dict, which does not say: whether its model gives every step, or only the last. Default: what is likely. */
  readonly sequence?: boolean;
}

/** Gives a command the options that say what a state_dict leaves open. */
export function addSequenceOptions(command: Command): void {
  command
    .option('--sequence', "a PyTorch state_dict's model gives every step (default: what is likely, as told)")
    .option('--no-sequence', "a PyTorch state_dict's model gives the last step only");
}

/**
 * @throws OptionError for a name with another ending, or an option that is not for this file; FormatError,
 *   UnsupportedError for what is in the file; DataError where it cannot be read
 */
export async function readModel(path: string, { sequence }: ReadModelOptions = {}): Promise<ModelFile> {
  const name = basename(path);
  const { file, isOpen = false } = await readFormat(path, sequence);
  if (sequence !== undefined && !isOpen) {
    throw new OptionError(
      `--${sequence ? '' : 'no-'}sequence is for a state_dict of PyTorch without a description of its model, and ${name} is none`,
    );
  }
  return file;
}

interface ReadFile {
  readonly file: ModelFile;
  /** It does not say whether its model gives every step. */
  readonly isOpen?: boolean;
}

async function readFormat(path: string, returnSequences: boolean | undefined): Promise<ReadFile> {
  if (path.endsWith('.onnx')) {
    const model = await readOnnx(await readBytes(path), { file: besides(path) });
    return { file: { run: (backend) => model.on(backend) } };
  }
  if (path.endsWith('.json')) {
    return { file: imported(await readLayersModel(await readBytes(path), besides(path))) };
  }
  if (path.endsWith('.keras')) return { file: imported(readKerasArchive(await readBytes(path))) };
  if (path.endsWith('.safetensors')) {
    const bytes = await readBytes(path);
    const { metadata } = readSafetensorsHeader(bytes);
    if (metadata.format === 'recurra') return { file: saved(bytes) };
    const model = readStateDict(bytes, { returnSequences });
    for (const note of model.notes ?? []) {
      process.stderr.write(`${basename(path)}: ${note}; --sequence or --no-sequence says it\n`);
    }
    return { file: imported(model), isOpen: metadata.recurra === undefined };
  }
  throw new OptionError(
    `${basename(path)} is no model that is read: they end in .onnx, .safetensors, .json (tfjs-layers) or .keras`,
  );
}

/** A model of Recurra's. */
function saved(bytes: Uint8Array): ModelFile {
  const network = (backend: Backend) => load(bytes, backend);
  return { network, run: async (backend) => runnable(await network(backend)) };
}

function imported(model: ImportedModel): ModelFile {
  const network = async (backend: Backend) => networkOf(model, backend);
  return { network, run: async (backend) => runnable(await network(backend), model) };
}

/** Reads files that a model names, from its own folder and what is below it, links followed. */
function besides(path: string): (location: string) => Promise<Uint8Array> {
  return async (location) => {
    const folder = await realpath(dirname(path));
    const file = await realpath(join(folder, location)).catch((cause: Error) => {
      throw new DataError(`${path} names ${location}, which cannot be read: ${cause.message}`, { cause });
    });
    if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw new FormatError(`${path} names ${location}, which is not in its folder`);
    }
    return readBytes(file);
  };
}
