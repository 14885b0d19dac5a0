import { type Backend, type Input, load, OptionError } from '@recurra/core';
import type { Command } from 'commander';
import { backendFactory } from '../backends.js';
import { checkWritable, readBytes, readJson, write } from '../files.js';
import { decodeForecast, type SavedForecast } from '../forecast/model-file.js';
import { networkForecasts } from '../forecast/network.js';
import { readSeries, type Series } from '../forecast/series.js';

interface PredictOptions {
  input: string;
  output?: string;
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
    .option('--backend <name>', 'what it runs on', 'cpu')
    .option('--allow-software', 'let a backend for a GPU do without one, in software', false)
    .action(predict);
}

async function predict(
  path: string,
  { input, output, backend: name, allowSoftware }: PredictOptions,
): Promise<void> {
  const create = backendFactory(name, { allowSoftware });
  const bytes = await readBytes(path);
  if (output !== undefined) await checkWritable(output);
  const backend = await create();
  try {
    const result = input.endsWith('.csv')
      ? await forecast(path, bytes, input, backend)
      : await (await load(bytes, backend)).predict((await readJson(input)) as Input);
    const json = `${JSON.stringify(result, null, input.endsWith('.csv') ? 2 : 0)}\n`;
    if (output === undefined) process.stdout.write(json);
    else await write(output, json);
  } finally {
    backend.dispose();
  }
}

/** What follows the last row of a CSV file. */
async function forecast(path: string, bytes: Uint8Array, input: string, backend: Backend) {
  const saved = decodeForecast(bytes);
  if (!saved)
    throw new OptionError(`${path} is not a forecast that \`recurra train\` wrote; give its input as .json`);
  const { task, column } = saved;
  const series = await readSeries(input, { target: column, time: saved.timeColumn });
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

/** The times of the forecast, where the rows have some: one step is the last two rows' distance. */
function timesAfter({ times }: Series, { horizon }: SavedForecast['task']): { times?: string[] } {
  if (!times || times.length < 2) return {};
  const [before, last] = times.slice(-2).map((time) => time.getTime());
  const text = (ahead: number) => new Date(last + ahead * (last - before)).toISOString().slice(0, 16);
  return { times: Array.from({ length: horizon }, (_, i) => text(i + 1)) };
}
