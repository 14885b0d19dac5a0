import { readFileSync } from 'node:fs';
import { Declined } from './system.js';

/** The other libraries are installed by themselves, in bench/peers, so that nothing else has to wait for them. */
export const peersFolder = new URL('../peers/', import.meta.url);

/**
 * Another library, typed as the part of it that an adapter uses.
 * @throws Declined where it is not installed
 */
export async function loadPeer<Library>(name: string): Promise<{ library: Library; version: string }> {
  const loader: { load(name: string): Promise<{ default?: Library }> } = await import(
    new URL('load.mjs', peersFolder).href
  );
  try {
    const loaded = await loader.load(name);
    const manifest = new URL(`node_modules/${name}/package.json`, peersFolder);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return { library: (loaded.default ?? loaded) as Library, version };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
      throw new Declined(`${name} is not installed`);
    throw error;
  }
}
