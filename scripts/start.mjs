// `npm start`: trains a forecast of a city's electricity load. Arguments after `--` are options of `recurra train`.
import { cli, run, setUp } from './setup.mjs';

if (!(await setUp())) process.exit(1);
process.exitCode = await run(process.execPath, [cli, 'train', '--data', 'energy', ...process.argv.slice(2)]);
