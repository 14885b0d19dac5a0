import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { conformanceCommand } from './commands/conformance.js';
import { convertCommand } from './commands/convert.js';
import { doctorCommand } from './commands/doctor.js';
import { newBackendCommand } from './commands/new-backend.js';
import { predictCommand } from './commands/predict.js';
import { runCommand } from './commands/run.js';
import { trainCommand } from './commands/train.js';
import { refuseRepeats } from './options.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The command line: parsing throws a CommanderError for a wrong one. */
export function recurra(): Command {
  const program = new Command('recurra')
    .description('Recurrent neural networks: train, predict, move models in and out, and prove a backend.')
    .version(version)
    .showHelpAfterError('(--help says what there is)')
    .exitOverride();
  for (const add of [
    trainCommand,
    predictCommand,
    runCommand,
    convertCommand,
    doctorCommand,
    conformanceCommand,
    newBackendCommand,
  ])
    add(program);
  for (const command of program.commands) refuseRepeats(command);
  return program;
}
