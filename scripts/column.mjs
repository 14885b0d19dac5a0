// `node column.mjs INDEX [GPU]`, started by conformance.mjs: runs one column of the scoreboard, and sends { progress }, then
// { report } or { error }.
import { columnsFor } from './columns.mjs';

const [index, gpu] = process.argv.slice(2);
const { run } = columnsFor(gpu)[index];
const message = await run(({ group }, done, total) =>
  process.send({ progress: { group, done, total } }),
).then(
  (report) => ({ report }),
  ({ name, message, skip }) => ({ error: { name, message, skip } }),
);
// A device may hold the process.
process.send(message, () => process.exit());
