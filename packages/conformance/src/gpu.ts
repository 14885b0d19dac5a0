import { type Backend, DeviceError } from '@recurra/core';

/** Whether a GPU is a device, or emulated in software. */
export type GpuKind = 'hardware' | 'software';

/**
 * What makes a backend and makes sure that it runs on the GPU that was asked for.
 * @returns a function that throws DeviceError where the backend's `software` says otherwise, or nothing
 */
export function onGpu(create: () => Promise<Backend>, gpu: GpuKind | undefined): () => Promise<Backend> {
  if (gpu === undefined) return create;
  return async () => {
    const backend = await create();
    const { name, device, software } = backend;
    if (software === (gpu === 'software')) return backend;
    backend.dispose();
    const adapter =
      software === undefined
        ? 'does not say whether it runs on a GPU in software (`software: false` says that it does not)'
        : `runs on a GPU in ${software ? 'software' : 'hardware'}`;
    throw new DeviceError(`a GPU in ${gpu} was asked for, and ${name} ${adapter}: ${device}`);
  };
}
