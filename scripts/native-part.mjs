// Runs a part of the conformance suite on the native backend, with one thread: for `inParts`, whose processes are slow because an
// emulator runs them or a sanitizer watches them. Cases are dealt to the parts in turns. The last line is the number that passed.
import { parseArgs } from 'node:util';
import { native } from '../packages/backend-native/dist/index.js';
import { conformance, Session } from '../packages/conformance/dist/index.js';

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: '0' },
    of: { type: 'string', default: '1' },
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    without: { type: 'string', multiple: true, default: [] },
  },
});

const cases = conformance({ only: values.only, runs: Number(values.runs) })
  .filter(({ group }) => !values.without.includes(group))
  .filter((_, i) => i % Number(values.of) === Number(values.part));
const session = new Session(() => native({ threads: 1 }));
const { device } = await session.backend();
for (const item of cases) {
  const { status, group, name, reason } = await session.run(item);
  if (status !== 'passed') {
    console.log(`${status}: ${group}: ${name}: ${reason}`);
    process.exitCode = 1;
  }
}
session.close();
const seconds = (process.cpuUsage().user / 1e6).toFixed(0);
console.log(`${cases.length} cases on ${device}, ${process.arch}, in ${seconds} s of processor time`);
