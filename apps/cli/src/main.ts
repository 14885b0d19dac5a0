#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { RecurraError } from '@recurra/core';
import { Command, CommanderError } from 'commander';
import { conformanceCommand } from './commands/conformance.js';
import { convertCommand } from './commands/convert.js';
import { doctorCommand } from './commands/doctor.js';
import { newBackendCommand } from './commands/new-backend.js';
import { predictCommand } from './commands/predict.js';
import { runCommand } from './commands/run.js';
import { trainCommand } from './commands/train.js';
import { exitCodeOf, tolerateClosedOutput } from './exit.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

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

tolerateClosedOutput();
try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own.
  if (!(error instanceof CommanderError)) {
    const known = error instanceof RecurraError;
    const detail = process.env.DEBUG || !known ? (error as Error).stack : `${error.name}: ${error.message}`;
    process.stderr.write(`${detail}\n`);
  }
  process.exitCode = exitCodeOf(error);
}
