/* The other libraries, as a bundle imports them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';
import { peersFolder } from './node/host.js';

export interface Peer {
  /** What systems load it by. */
  readonly name: string;
  /** The npm package; default: the name. */
  readonly package?: string;
  /** The module that is imported; default: the name. */
  readonly entry?: string;
}

/** @param from the folder whose `node_modules` has it; default: the bench's own peers */
export function folderOf(peer: Peer, from: URL = peersFolder): URL {
  return new URL(`node_modules/${peer.package ?? peer.name}/`, from);
}

export function isInstalled(peer: Peer): boolean {
  return existsSync(folderOf(peer));
}

/**
 * Source text of an object, by the libraries' names, of functions that load them.
 * @param filesOf where a library finds its own files, an address that ends with `/`; default: it finds them itself
 * @param from as in {@link folderOf}
 */
export function librariesSource(
  peers: readonly Peer[],
  filesOf?: (name: string) => string,
  from?: URL,
): string {
  const members = peers.map((peer) => {
    const { name, entry = name } = peer;
    const { version } = JSON.parse(readFileSync(new URL('package.json', folderOf(peer, from)), 'utf8'));
    const rest = JSON.stringify({ version, files: filesOf?.(name) });
    return `${JSON.stringify(name)}: async () => ({ library: await import(${JSON.stringify(entry)}), ...${rest} }),`;
  });
  return ['{', ...members, '}'].join('\n');
}

/** What all bundles have in common. Libraries are found from where they are installed. */
export const bundleConfig = {
  root: fileURLToPath(peersFolder),
  configFile: false,
  envFile: false,
  publicDir: false,
  logLevel: 'error',
} satisfies InlineConfig;

/** A module that is made up, by its name and its text. */
export function virtualModule(name: string, source: string) {
  return {
    name,
    resolveId: (id: string) => (id === name ? `\0${name}` : undefined),
    load: (id: string) => (id === `\0${name}` ? source : undefined),
  };
}
