/* Helpers for comparisons with tfjs-layers. */
import '@tensorflow/tfjs-backend-cpu';
import { type io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { layers as all, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Numbers } from './support.js';

/**
 * The layers of tfjs-layers, without the orthogonal initializer, which works only in the full TensorFlow.js
 * package.
 */
const recurrentInitializer = 'glorotUniform';
export const layers = {
  ...all,
  simpleRNN: (options: Parameters<typeof all.simpleRNN>[0]) =>
    all.simpleRNN({ recurrentInitializer, ...options }),
  lstm: (options: Parameters<typeof all.lstm>[0]) => all.lstm({ recurrentInitializer, ...options }),
  gru: (options: Parameters<typeof all.gru>[0]) => all.gru({ recurrentInitializer, ...options }),
};

/** Pseudo-random numbers from −0.7 to 0.7, the same every time. */
export function numbers(shape: readonly number[], seed: number): Numbers & { data: Float32Array } {
  const size = shape.reduce((product, length) => product * length, 1);
  const wave = (i: number) => Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
  return {
    shape,
    data: Float32Array.from({ length: size }, (_, i) => (wave(i) - Math.floor(wave(i)) - 0.5) * 1.4),
  };
}

/** The files that tfjs-layers writes for a model. */
export async function saveLayersModel(model: LayersModel): Promise<Record<string, Uint8Array>> {
  let saved: io.ModelArtifacts | undefined;
  await model.save({
    async save(artifacts) {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  });
  const { modelTopology, weightSpecs, weightData, format } = saved as io.ModelArtifacts;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  return {
    'model.json': new TextEncoder().encode(JSON.stringify({ format, modelTopology, weightsManifest })),
    'weights.bin': new Uint8Array(weightData as ArrayBuffer),
  };
}

/** Gives the model pseudo-random weights; returns its files and outputs. */
export async function record(model: LayersModel, input: Numbers) {
  const weights = model.getWeights().map(({ shape }, i) => numbers(shape, i));
  // The last two weights of a batch normalisation are the mean and the variance, and a variance must be
  // positive.
  const positive = (name: string) => name.includes('moving_variance');
  model.setWeights(
    model.weights.map(({ name }, i) => {
      const { data, shape } = weights[i];
      return tensor(positive(name) ? data.map((x) => Math.abs(x) + 0.3) : data, [...shape]);
    }),
  );
  return { files: await saveLayersModel(model), outputs: await predict(model, input) };
}

export async function predict(model: LayersModel, { shape, data }: Numbers): Promise<Numbers[]> {
  const predicted = model.predict(tensor(Float32Array.from(data), [...shape]));
  const outputs: Tensor[] = Array.isArray(predicted) ? predicted : [predicted];
  return Promise.all(outputs.map(async (y) => ({ shape: y.shape, data: await y.data() })));
}
