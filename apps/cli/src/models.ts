/* Models in files, of every format that is read; which one it is, the name's ending says. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import {
  type Backend,
  DataError,
  decodeSafetensors,
  FormatError,
  load,
  type Network,
  OptionError,
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
import { readBytes } from './files.js';

/** A model that was read and checked. */
export interface ModelFile {
  /** As a model with named inputs and outputs. */
  run(backend: Backend): Promise<RunnableModel>;
  /** As a network; absent for what is a graph and not a stack of layers. */
  network?(backend: Backend): Promise<Network>;
}

/**
 * @throws OptionError for a name with another ending; FormatError, UnsupportedError for what is in the file; DataError
 *   where it cannot be read
 */
export async function readModel(path: string): Promise<ModelFile> {
  if (path.endsWith('.onnx')) {
    const model = await readOnnx(await readBytes(path), { file: besides(path) });
    return { run: (backend) => model.on(backend) };
  }
  if (path.endsWith('.safetensors')) return readSafetensors(await readBytes(path));
  if (path.endsWith('.json')) return imported(await readLayersModel(await readBytes(path), besides(path)));
  if (path.endsWith('.keras')) return imported(readKerasArchive(await readBytes(path)));
  throw new OptionError(
    `${basename(path)} is no model that is read: they end in .onnx, .safetensors, .json (tfjs-layers) or .keras`,
  );
}

/** A model of Recurra's, or a state_dict of PyTorch's. */
function readSafetensors(bytes: Uint8Array): ModelFile {
  if (decodeSafetensors(bytes).metadata.format !== 'recurra') return imported(readStateDict(bytes));
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
