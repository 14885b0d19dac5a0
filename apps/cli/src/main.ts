#!/usr/bin/env node
import { RecurraError } from '@recurra/core';
import { CommanderError } from 'commander';
import { exitCodeOf, tolerateClosedOutput } from './exit.js';
import { recurra } from './program.js';

tolerateClosedOutput();
try {
  await recurra().parseAsync();
} catch (error) {
  // Commander has already printed its own errors.
  if (!(error instanceof CommanderError)) {
    const known = error instanceof RecurraError;
    const detail = process.env.DEBUG || !known ? (error as Error).stack : `${error.name}: ${error.message}`;
    process.stderr.write(`${detail}\n`);
  }
  process.exitCode = exitCodeOf(error);
}
