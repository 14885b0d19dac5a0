import { activationKind } from '@recurra/core/backend';
import { encodeSafetensors } from '@recurra/core/files';
import type { WrittenNetwork } from '../model.js';
import { lastActivation, modulePython } from './module.js';
import { torchTensors, toTorch } from './parameters.js';
import { trainingPython } from './train-ddp.js';

/** The files of a model for PyTorch, for one folder. */
export interface PytorchFiles {
  /** The state_dict; the metadata has the description of the model. */
  readonly 'model.safetensors': Uint8Array;
  /** The network as a `torch.nn.Module`, and functions that read and write the weights. */
  readonly 'model.py': string;
  /** Trains the network further with DistributedDataParallel, under `torchrun`. */
  readonly 'train_ddp.py': string;
}

/**
 * Exports a network to PyTorch. `readStateDict` reads the weights back, bit for bit, also after they were trained there.
 * @throws UnsupportedError for features that model.py does not support: masks, stateful layers, returned
 * states, custom layers
 */
export async function writePytorch(network: WrittenNetwork): Promise<PytorchFiles> {
  const { model } = network;
  const tensors = torchTensors(model);
  const code = modulePython(model);
  const last = lastActivation(model.nodes[model.nodes.length - 1].layer);
  const kind = last && activationKind(last);
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
