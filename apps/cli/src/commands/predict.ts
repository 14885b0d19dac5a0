import { type Backend, DataError, type Input, load, OptionError } from '@recurra/core';
import type { Command } from 'commander';
import { backendFactory } from '../backends.js';
import { checkWritable, readBytes, readJson, write } from '../files.js';
import { decodeForecast, type SavedForecast } from '../forecast/model-file.js';
import { networkForecasts } from '../forecast/network.js';
import { readSeries, type Series } from '../forecast/series.js';
import { textOfStep, textOfTime, timeAfter } from '../forecast/times.js';

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
      'for a forecast, a .csv file, whose last rows it goes on from; for any model, a .json file with a batch: nested arrays [batch][time][features]',
    )
    .option('--output <file>', 'a .json file to write; else it is printed')
    .option(
      '--sort',
      'sort the rows of a .csv file by their times; else they must go from the oldest to the newest',
      false,
    )
    .option('--backend <name>', 'what it runs on', 'cpu')
    .option('--allow-software', 'let a backend for a GPU do without one, in software', false)
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
      : await (await load(bytes, backend)).predict((await readJson(input)) as Input);
    const json = `${JSON.stringify(result, null, isTable ? 2 : 0)}\n`;
    if (output === undefined) process.stdout.write(json);
    else await write(output, json);
  } finally {
    backend.dispose();
  }
}

/** What follows the last row of a CSV file. */
async function forecast(path: string, bytes: Uint8Array, input: string, sort: boolean, backend: Backend) {
  const saved = decodeForecast(bytes);
  if (!saved)
    throw new OptionError(`${path} is not a forecast that \`recurra train\` wrote; give its input as .json`);
  const { task, column } = saved;
  const series = await readSeries(input, { target: column, time: saved.timeColumn, sort });
  if (saved.step && series.step && textOfStep(series.step) !== textOfStep(saved.step)) {
    throw new DataError(
      `${input} has rows ${textOfStep(series.step)} apart, and the forecast was trained on rows ${textOfStep(saved.step)} apart`,
    );
  }
  const { length } = series.values;
  if (length < task.history) {
    throw new OptionError(`${input} has ${length} rows, and the forecast needs the last ${task.history}`);
  }
  const network = await load(bytes, backend);
  const [values] = await networkForecasts(network, series, [length], task);
  return {
    column,
    ...timesAfter(series, task),
    forecast: Array.from(values, (value) => Number(value.toPrecision(7))),
  };
}

/** The times of the forecast, where the rows have some. */
function timesAfter({ times, step }: Series, { horizon }: SavedForecast['task']): { times?: string[] } {
  const last = times?.at(-1);
  if (!last || !step) return {};
  return { times: Array.from({ length: horizon }, (_, i) => textOfTime(timeAfter(last, step, i + 1))) };
}
