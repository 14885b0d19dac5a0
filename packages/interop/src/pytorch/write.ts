import type { Network } from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import { lastActivation, modulePython } from './module.js';
import { torchTensors, toTorch } from './parameters.js';
import { trainingPython } from './train-ddp.js';

/** The files of a model for PyTorch, which belong into one folder. */
export interface PytorchFiles {
  /** The state_dict, and in the metadata the model's description. */
  readonly 'model.safetensors': Uint8Array;
  /** The network as a `torch.nn.Module`, and the functions that read and write the weights. */
  readonly 'model.py': string;
  /** Trains it further with DistributedDataParallel, under `torchrun`. */
  readonly 'train_ddp.py': string;
}

/**
 * A network for PyTorch. `readStateDict` takes the weights back, bit for bit, also after a training there.
 * @throws UnsupportedError for what PyTorch's side cannot do: masks, states that are kept or given out, layers of one's own
 */
export async function writePytorch(network: Network): Promise<PytorchFiles> {
  const { model } = network;
  const tensors = torchTensors(model);
  const code = modulePython(model);
  const last = lastActivation(model.layers[model.layers.length - 1]);
  const kind = typeof last === 'string' ? last : last?.kind;
  const loss =
    kind === 'softmax' ? 'crossEntropy' : kind === 'sigmoid' ? 'binaryCrossEntropy' : 'meanSquaredError';
  return {
    'model.safetensors': encodeSafetensors(toTorch(tensors, await network.getWeights()), {
      format: 'pt',
      recurra: JSON.stringify(model),
    }),
    'model.py': code,
    'train_ddp.py': trainingPython(loss),
  };
}
