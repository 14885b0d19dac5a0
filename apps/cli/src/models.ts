/* Reads model files. The ending of the name determines the format. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { type Backend, DataError, FormatError, loadNetwork, type Network, OptionError } from '@recurra/core';
import { readSafetensorsHeader } from '@recurra/core/files';
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

/** A model file that was read and checked. */
export interface ModelFile {
  /** The model with named inputs and outputs. */
  run(backend: Backend): Promise<RunnableModel>;
  /** The model as a network; absent for an ONNX graph, which is not a stack of layers. */
  network?(backend: Backend): Promise<Network>;
}

export interface ReadModelOptions {
  /**
   * True if the model of a state_dict returns every step, false if only the last one. Default: a guess from
   * its tensors.
   */
  readonly sequence?: boolean;
}

/**
 * Adds the options --sequence and --no-sequence, because a state_dict does not determine if its model returns
 * every step.
 */
export function addSequenceOptions(command: Command): void {
  command
    .option(
      '--sequence',
      'the model of a PyTorch state_dict returns every step (default: guessed, with a note on stderr)',
    )
    .option('--no-sequence', 'the model of a PyTorch state_dict returns only the last step');
}

/**
 * Reads a model file.
 * @throws OptionError for a name with another ending, or an option that does not apply to this file; FormatError or
 *   UnsupportedError for the content; DataError if it cannot be read
 */
export async function readModel(path: string, { sequence }: ReadModelOptions = {}): Promise<ModelFile> {
  const name = basename(path);
  const { file, isAmbiguous = false } = await readFormat(path, sequence);
  if (sequence !== undefined && !isAmbiguous) {
    throw new OptionError(
      `--${sequence ? '' : 'no-'}sequence is for a state_dict of PyTorch without a description of its model; ${name} is not one`,
    );
  }
  return file;
}

interface ReadFile {
  readonly file: ModelFile;
  /** True if the file does not determine if its model returns every step. */
  readonly isAmbiguous?: boolean;
}

async function readFormat(path: string, returnSequences: boolean | undefined): Promise<ReadFile> {
  if (path.endsWith('.onnx')) {
    const model = await readOnnx(await readBytes(path), { file: filesBeside(path) });
    return { file: { run: (backend) => model.on(backend) } };
  }
  if (path.endsWith('.json')) {
    return { file: imported(await readLayersModel(await readBytes(path), filesBeside(path))) };
  }
  if (path.endsWith('.keras')) return { file: imported(readKerasArchive(await readBytes(path))) };
  if (path.endsWith('.safetensors')) {
    const bytes = await readBytes(path);
    const { metadata } = readSafetensorsHeader(bytes);
    if (metadata.format === 'recurra') return { file: saved(bytes) };
    const model = readStateDict(bytes, { returnSequences });
    for (const note of model.notes ?? []) {
      process.stderr.write(`${basename(path)}: ${note}; use --sequence or --no-sequence to set it\n`);
    }
    return { file: imported(model), isAmbiguous: metadata.recurra === undefined };
  }
  throw new OptionError(
    `${basename(path)} is not a model file: expected .onnx, .safetensors, .json (tfjs-layers) or .keras`,
  );
}

/** A model file of Recurra's own format. */
function saved(bytes: Uint8Array): ModelFile {
  const network = (backend: Backend) => loadNetwork(bytes, backend);
  return { network, run: async (backend) => runnable(await network(backend)) };
}

function imported(model: ImportedModel): ModelFile {
  const network = async (backend: Backend) => networkOf(model, backend);
  return { network, run: async (backend) => runnable(await network(backend), model) };
}

/** Reads the files that a model refers to. After following links, they must be in its folder or below. */
function filesBeside(path: string): (location: string) => Promise<Uint8Array> {
  return async (location) => {
    const folder = await realpath(dirname(path));
    const file = await realpath(join(folder, location)).catch((cause: Error) => {
      throw new DataError(`${path} refers to ${location}, which cannot be read: ${cause.message}`, { cause });
    });
    if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw new FormatError(`${path} refers to ${location}, which is not in its folder`);
    }
    return readBytes(file);
  };
}
