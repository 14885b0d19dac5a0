// Writes goldens/*.json into a module that Node, bundlers and pages can all import.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../goldens/', import.meta.url);
const target = new URL('../src/goldens.generated.ts', import.meta.url);

const entries = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => `  '${file}': ${quote(readFileSync(new URL(file, folder), 'utf8'))},\n`);
const source = `export const goldenSources: Readonly<Record<string, string>> = {\n${entries.join('')}};\n`;

function quote(json) {
  return `'${JSON.stringify(JSON.parse(json)).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

writeFileSync(target, source);
