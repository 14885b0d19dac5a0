import { type Backend, type BatchInput, loadNetwork, OptionError } from '@recurra/core';
import { decodeForecast, forecastNext, type NextValues, parseSeries } from '@recurra/forecast';
import type { Command } from 'commander';
import { backendFactory } from '../backends.js';
import { checkWritable, readBytes, readJson, readText, write } from '../files.js';

interface PredictOptions {
  input: string;
  output?: string;
  sort: boolean;
  backend: string;
  allowSoftware: boolean;
}

export function predictCommand(program: Command): void {
  program
    .command('predict')
    .description('run a saved model')
    .argument('<model>', 'a .safetensors file that Recurra wrote')
    .requiredOption(
      '--input <file>',
      'for a forecast, a .csv file, whose last row is followed by the forecast; for any model, a .json file with a batch: nested arrays [batch][time][features]',
    )
    .option('--output <file>', 'a .json file to write; default: print to stdout')
    .option(
      '--sort',
      'sort the rows of a .csv file by their times; without it they must run from the oldest to the newest',
      false,
    )
    .option('--backend <name>', 'the backend to run on', 'cpu')
    .option('--allow-software', 'allow a software-emulated GPU (slow)', false)
    .action(predict);
}

async function predict(
  path: string,
  { input, output, sort, backend: name, allowSoftware }: PredictOptions,
): Promise<void> {
  const isTable = input.endsWith('.csv');
  if (sort && !isTable) throw new OptionError('--sort is for a .csv file');
  const create = backendFactory(name, { allowSoftware });
  const bytes = await readBytes(path);
  if (output !== undefined) await checkWritable(output);
  const backend = await create();
  try {
    const result = isTable
      ? await forecast(path, bytes, input, sort, backend)
      : await (await loadNetwork(bytes, backend)).predict((await readJson(input)) as BatchInput);
    const json = `${JSON.stringify(result, null, isTable ? 2 : 0)}\n`;
    if (output === undefined) process.stdout.write(json);
    else await write(output, json);
  } finally {
    backend.dispose();
  }
}

/** Forecasts the values that follow the last row of a CSV file. */
async function forecast(
  path: string,
  bytes: Uint8Array,
  input: string,
  sort: boolean,
  backend: Backend,
): Promise<NextValues> {
  const saved = decodeForecast(bytes);
  if (!saved)
    throw new OptionError(
      `${path} is not a forecast that \`recurra train\` wrote; give the input of other models as .json`,
    );
  const series = parseSeries(await readText(input), input, {
    target: saved.column,
    time: saved.timeColumn,
    sort,
  });
  return forecastNext(saved, await loadNetwork(bytes, backend), series, input);
}
