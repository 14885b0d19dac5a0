// Trains in a page. The marks show in the trace when the kernels were compiled, and when the training ended.
import { webgpu } from '@recurra/backend-webgpu';
import { adam, dense, lstm, sequential } from '@recurra/core';

const model = sequential([lstm({ units: 64 }), dense({ units: 4, activation: 'softmax' })], {
  inputShape: [null, 32],
});
const samples = Array.from({ length: 32 }, (_, row) => ({
  x: Array.from({ length: 32 }, (_, t) => Array.from({ length: 32 }, (_, i) => Math.sin(row + t * (i + 1)))),
  y: row % 4,
}));
const options = { loss: 'crossEntropy', optimizer: adam() };

globalThis.train = async (steps) => {
  const backend = await webgpu({ allowSoftware: true });
  await backend.warmUp(async () => {
    const network = model.on(backend);
    await network.fit(samples, options).done;
    network.dispose();
  });
  const network = model.on(backend);
  await network.fit(samples, { ...options, epochs: 3 }).done;
  performance.mark('warm');
  const { epochs } = await network.fit(samples, { ...options, epochs: steps }).done;
  performance.mark('trained');
  return { device: backend.device, losses: [epochs[0].loss, epochs[epochs.length - 1].loss] };
};
