// The licences of the packages that a bundle is made of.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The full notices of the packages that modules are from, each once.
 * @param modules paths, as a bundler lists them
 * @throws Error for a package without a licence file: its code may not be published
 */
export function noticesOf(modules) {
  const folders = new Set(modules.map(packageFolder).filter(Boolean));
  return [...folders]
    .sort()
    .map(notice)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the package that a module is from; undefined for what the bundler made itself. */
function packageFolder(path) {
  return /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(path.replace(/^\0+/, ''))?.[0];
}

function notice(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name));
  if (!file) throw new Error(`${name} ${version} is in the bundle and has no licence file in ${folder}`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
