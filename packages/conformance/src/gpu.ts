import { type Backend, DeviceError } from '@recurra/core';

/** A kind of GPU: a real device, or emulated in software. */
export type GpuKind = 'hardware' | 'software';

/**
 * Wraps the creation of a backend with a check of the kind of GPU that it runs on.
 * @returns a function that creates the backend, and throws DeviceError if its `software` differs or is
 * undefined
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
        ? 'does not declare if its GPU is emulated in software (set `software: false` for a real GPU)'
        : `runs on a ${software ? 'software' : 'hardware'} GPU`;
    throw new DeviceError(`a ${gpu} GPU was requested, but ${name} ${adapter}: ${device}`);
  };
}
