/* The pages of the offline bundle, which are bundled when it is packed. */
import { fileURLToPath } from 'node:url';
import { peersFolder } from './host.js';

/** The folder of a page: `bench` for systems, `suite-…` for the conformance suite with a backend. */
export function packedPage(name: string): string {
  return fileURLToPath(new URL(`../pages/${name}`, peersFolder));
}
