// `node int8.mjs`: prints the table of docs/int8.md, the sizes and scores of the pages' networks with int8 weights.
import { fileURLToPath } from 'node:url';
import { cpu } from '@recurra/backend-cpu';
import { runnerImport } from 'vite';

const load = async (path) => {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const root = fileURLToPath(new URL('.', import.meta.url));
  return (await runnerImport(file, { root, configFile: false, logLevel: 'warn' })).module;
};
const { measureInt8 } = await load('src/node/int8.ts');
const backend = await cpu();
for (const page of ['forecast', 'sentiment', 'tagging', 'text']) {
  const { default: task } = await load(`pages/${page}/task.ts`);
  const { float32, int8 } = await measureInt8(task, new URL(`pages/${page}/`, import.meta.url), backend);
  const change = 100 * (int8.score / float32.score - 1);
  console.log(
    `| ${page} | ${float32.bytes} | ${int8.bytes} | ${(int8.bytes / float32.bytes).toFixed(3)} | ${float32.score.toFixed(3)} | ${int8.score.toFixed(3)} | ${change.toFixed(3)} % |`,
  );
}
backend.dispose();
