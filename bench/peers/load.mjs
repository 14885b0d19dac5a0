/* Imports a library that is installed in this folder; only a module of this folder can do that. */
import { readFileSync } from 'node:fs';

export async function load(name) {
  const library = await import(name);
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return { library, version: JSON.parse(readFileSync(manifest, 'utf8')).version };
}
