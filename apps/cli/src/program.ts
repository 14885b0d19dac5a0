import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { conformanceCommand } from './commands/conformance.js';
import { convertCommand } from './commands/convert.js';
import { doctorCommand } from './commands/doctor.js';
import { newBackendCommand } from './commands/new-backend.js';
import { predictCommand } from './commands/predict.js';
import { runCommand } from './commands/run.js';
import { trainCommand } from './commands/train.js';
import { rejectRepeats } from './options.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The command line. Parsing throws a CommanderError for wrong use. */
export function recurra(): Command {
  const program = new Command('recurra')
    .description('Recurrent neural networks: train, predict, convert models, and test backends.')
    .version(version)
    .showHelpAfterError('(--help lists all options)')
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
  for (const command of program.commands) rejectRepeats(command);
  return program;
}
