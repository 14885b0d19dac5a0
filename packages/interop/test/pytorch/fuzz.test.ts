import { reference } from '@recurra/backend-reference';
import { bidirectional, dense, embedding, gru, lstm, sequential } from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import { networkOf, readStateDict, writePytorch } from '@recurra/interop';
import { expect, it } from 'vitest';
import { survives } from '../fuzz.js';

const backend = await reference();

it('5,000 damaged state_dicts', async () => {
  const layers = [
    embedding({ inputDim: 5, outputDim: 3 }),
    bidirectional(lstm({ units: 3, returnSequences: true })),
    gru({ units: 2 }),
    dense({ units: 2 }),
  ];
  const network = sequential(layers, { inputShape: [null] }).on(backend);
  const ours = (await writePytorch(network))['model.safetensors'];
  const { tensors } = await import('@recurra/core/files').then(({ decodeSafetensors }) =>
    decodeSafetensors(ours),
  );
  const theirs = encodeSafetensors(tensors, { format: 'pt' });
  const renamed = Object.entries(tensors).map(([name, value]) => [name.replace(/^layer/, 'part'), value]);
  const files = [ours, theirs, encodeSafetensors(Object.fromEntries(renamed))];
  for (const file of files) expect(readStateDict(file).model.nodes).toHaveLength(4);
  await survives(files, 5000, (file) => networkOf(readStateDict(file), backend).dispose());
}, 120_000);
