// The packages of the native backend's compiled addons, one for each platform: folders that `npm run platform-package` makes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './setup.mjs';

/** Where `npm run platform-package` puts them, and a release looks for them. */
export const platformsFolder = join(top, 'out/platforms');

const native = join(top, 'packages/backend-native/package.json');

/** The folders of packages in `folder`, with their manifests. */
export function platformPackages(folder = platformsFolder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => ({
    folder: join(folder, name),
    ...JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')),
  }));
}

/**
 * Runs `work` while `@recurra/backend-native` lists these packages as optional dependencies. Its manifest is as before afterwards:
 * the workspace does not list them, because they cannot be installed before they are published.
 * @throws Error if one is not of the backend's version
 */
export async function withPlatforms(packages, work) {
  const text = readFileSync(native, 'utf8');
  const manifest = JSON.parse(text);
  const others = packages.filter(({ version }) => version !== manifest.version);
  if (others.length > 0) {
    const names = others.map(({ name, version }) => `${name} ${version}`).join(', ');
    throw new Error(`not of version ${manifest.version}, so make them again: ${names}`);
  }
  const optionalDependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  writeFileSync(native, `${JSON.stringify({ ...manifest, optionalDependencies }, null, 2)}\n`);
  try {
    return await work();
  } finally {
    writeFileSync(native, text);
  }
}
