/* Systems in Node: the libraries are installed in bench/peers, separately, because nothing else depends on them. */
import { Declined, type Host, type Loaded } from '../system.js';

export const peersFolder = new URL('../../peers/', import.meta.url);

export const nodeHost: Host = { load, provideWebgpu, processorMs };

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

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Dawn, Chromium's implementation of WebGPU, as a package. */
interface Dawn {
  readonly create: (flags: readonly string[]) => unknown;
  readonly globals: Readonly<Record<string, unknown>>;
}

async function provideWebgpu(): Promise<void> {
  if ('gpu' in (globalThis.navigator ?? {})) return;
  const { create, globals } = (await load<Dawn>('webgpu')).library;
  Object.assign(globalThis, globals);
  const gpu = { value: create([]) };
  // Node 20 has no navigator.
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', gpu);
  else Object.defineProperty(globalThis, 'navigator', { value: Object.defineProperty({}, 'gpu', gpu) });
}
