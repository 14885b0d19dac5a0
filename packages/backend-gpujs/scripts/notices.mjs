// The licences of the packages in a bundle.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The full notices of the packages that the modules belong to, without duplicates.
 * @param modules paths, as a bundler lists them
 * @throws Error for a package without a licence file: its code must not be published
 */
export function noticesOf(modules) {
  const folders = new Set(modules.map(packageFolder).filter(Boolean));
  return [...folders]
    .sort()
    .map(notice)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the package that a module belongs to; undefined for modules that the bundler generated. */
function packageFolder(path) {
  return /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(path.replace(/^\0+/, ''))?.[0];
}

function notice(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name));
  if (!file) throw new Error(`${name} ${version} is in the bundle but has no licence file in ${folder}`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
