/* Node: the other libraries are installed by themselves, in bench/peers, so that nothing else has to wait for them. */
import type { Host, Loaded } from '../host.js';
import { Declined } from '../system.js';

export const peersFolder = new URL('../../peers/', import.meta.url);

export const nodeHost: Host = { load, provideWebgpu };

async function load<Library>(name: string): Promise<Loaded<Library>> {
  const loader: { load(name: string): Promise<Loaded<Library & { default?: Library }>> } = await import(
    new URL('load.mjs', peersFolder).href
  );
  try {
    const { library, version } = await loader.load(name);
    return { library: library.default ?? library, version };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
      throw new Declined(`${name} is not installed`);
    throw error;
  }
}

/** Dawn, the WebGPU of Chromium, as a package. */
interface Dawn {
  readonly create: (flags: readonly string[]) => unknown;
  readonly globals: Readonly<Record<string, unknown>>;
}

async function provideWebgpu(): Promise<void> {
  if ('gpu' in (globalThis.navigator ?? {})) return;
  const { create, globals } = (await load<Dawn>('webgpu')).library;
  Object.assign(globalThis, globals);
  const gpu = { value: create([]) };
  // Node has had a navigator since its version 21.
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', gpu);
  else Object.defineProperty(globalThis, 'navigator', { value: Object.defineProperty({}, 'gpu', gpu) });
}
