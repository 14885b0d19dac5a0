import { rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type Backend, OptionError } from '@recurra/core';
import {
  cells,
  encodeForecast,
  energy,
  ForecastJob,
  forecastChart,
  formatNumber,
  type NetworkChoice,
  parseSeries,
  type Series,
  scoreTable,
  unbeaten,
} from '@recurra/forecast';
import { type Command, Option } from 'commander';
import { backendFactory } from '../backends.js';
import { interruptible } from '../exit.js';
import { checkWritable, readBytes, readText, write } from '../files.js';
import { count, seed } from '../options.js';
import { duration, showTraining } from '../progress.js';

interface TrainOptions {
  data: string;
  target?: string;
  time?: string;
  sort: boolean;
  history: number;
  horizon: number;
  season: number;
  heldOut?: number;
  cell: NetworkChoice['cell'];
  units: number;
  epochs: number;
  seed: number;
  backend: string;
  allowSoftware: boolean;
  out: string;
  resume?: string;
}

/** The data to forecast, and how to name them in the output. */
interface Source {
  readonly name: string;
  readonly title: string;
  /** The label of the chart's vertical axis. */
  readonly label: string;
  /** Empty if it is unknown. */
  readonly unit: string;
  readonly timeColumn?: string;
  readonly series: Series;
  readonly heldOut: number;
}

export function trainCommand(program: Command): void {
  program
    .command('train')
    .description('train a forecast of a time series, and compare it with simple baselines on held-out data')
    .requiredOption(
      '--data <name|file>',
      "'energy' (the hourly electricity load of a city), or a CSV file with a header",
    )
    .option('--target <column>', 'the column to forecast, for a CSV file')
    .option(
      '--time <column>',
      'the column of dates (ISO 8601), for a CSV file; hour and weekday then are inputs too',
    )
    .option(
      '--sort',
      'sort the rows of a CSV file by --time; without it they must run from the oldest to the newest',
      false,
    )
    .option('--history <steps>', 'number of past steps that the network reads', count, 168)
    .option('--horizon <steps>', 'number of steps to forecast', count, 24)
    .option('--season <steps>', 'period of the series, in steps', count, 24)
    .option('--held-out <steps>', 'steps at the end to test on (energy: 1344; a CSV file: a sixth)', count)
    .addOption(
      new Option('--cell <kind>', 'kind of recurrent layer').choices(Object.keys(cells)).default('lstm'),
    )
    .option('--units <n>', 'units of the recurrent layer', count, 48)
    .option('--epochs <n>', 'passes over the data', count, 24)
    .option('--seed <n>', 'the same seed gives the same result', seed, 1)
    .option('--backend <name>', 'the backend to run on', 'cpu')
    .option('--allow-software', 'allow a software-emulated GPU (slow)', false)
    .option('--out <dir>', 'the folder for the model and the chart', 'out')
    .option('--resume <file>', 'continue an interrupted training from this checkpoint')
    .addHelpText('after', '\nThe exit code is 1 if the network is not better than every baseline.')
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const create = backendFactory(options.backend, options);
  const source = await readSource(options);
  const resume = options.resume === undefined ? undefined : await readBytes(options.resume);
  const paths = pathsOf(options, source);
  await checkWritable(...Object.values(paths));
  const backend = await create();
  try {
    await run(options, source, paths, backend, resume);
  } finally {
    backend.dispose();
  }
}

/** The files that a training writes. */
interface Paths {
  readonly model: string;
  readonly chart: string;
  /** Removed when the training is complete. */
  readonly checkpoint: string;
}

function pathsOf({ out }: TrainOptions, { name }: Source): Paths {
  return {
    model: join(out, `${name}.safetensors`),
    chart: join(out, `${name}.svg`),
    checkpoint: join(out, `${name}.checkpoint.safetensors`),
  };
}

async function run(
  options: TrainOptions,
  source: Source,
  paths: Paths,
  backend: Backend,
  resume?: Uint8Array,
): Promise<void> {
  const { series, heldOut, title, label, unit } = source;
  const job = new ForecastJob({ ...options, series, heldOut }, backend);
  introduce(source, job);

  const start = performance.now();
  const { result, exitCode } = await interruptible(async (signal) => {
    const training = job.train({ signal, resume, save: (bytes) => write(paths.checkpoint, bytes) });
    await showTraining(training);
    return training.done;
  });
  if (result.stopped === 'aborted') {
    console.log(`\nInterrupted. To continue, run the same command with --resume ${paths.checkpoint}`);
    process.exitCode = exitCode;
    return;
  }
  console.log(`\nTrained in ${duration((performance.now() - start) / 1000)}.`);

  const saved = await encodeForecast(job.network, {
    task: job.task,
    column: series.column,
    timeColumn: source.timeColumn,
    step: series.step,
  });
  // Written first, so that a failure below does not lose the model.
  await write(paths.model, saved);
  await rm(paths.checkpoint, { force: true });
  const system = `Recurra ${options.cell.toUpperCase()}`;
  const own = { name: system, ...(await job.networkScore()) };
  const baselines = job.baselineScores();
  await write(paths.chart, await forecastChart(job, { title, label, unit, system }, own));
  const difference = await job.streamDifference(saved);

  const forecasts = job.origins.length.toLocaleString('en-US');
  console.log(
    `Error${unit && ` in ${unit}`} over ${forecasts} forecasts, one from every step of the held-out part:\n`,
  );
  console.log(`${scoreTable([own, ...baselines])}\n`);
  console.log(
    `The saved model, run step by step over ${options.history} steps, gives the same numbers; ` +
      `the largest difference is ${difference.toExponential(1)} of the largest output.`,
  );
  console.log(`Written: ${paths.model} (the model), ${paths.chart} (the forecast and the true values)`);
  reportFailures(unbeaten(own, baselines), difference, system);
}

/** Prints the failures to stderr, and sets the exit code. */
function reportFailures(better: readonly string[], difference: number, system: string): void {
  if (better.length > 0) {
    console.error(`The ${system} is not better than: ${better.join(', ')}`);
    process.exitCode = 1;
  }
  if (!(difference <= 1e-4)) {
    console.error(
      'Run step by step, the model differs from its forecast of the whole window by more than 1e-4',
    );
    process.exitCode = 1;
  }
}

async function readSource({ data, target, time, sort, heldOut }: TrainOptions): Promise<Source> {
  if (data === 'energy') {
    for (const [name, value] of Object.entries({ target, time, sort: sort || undefined })) {
      if (value !== undefined) throw new OptionError(`--${name} is for a CSV file, but --data is energy`);
    }
    return {
      name: 'energy',
      title: "Tetouan's electricity load, forecast a day ahead",
      label: 'Load (kW)',
      unit: 'kW',
      timeColumn: energy.columns.time,
      series: parseSeries(await readText(energy.path), energy.path, energy.columns),
      heldOut: heldOut ?? 1344,
    };
  }
  if (extname(data) !== '.csv')
    throw new OptionError(`--data must be 'energy' or a file that ends in .csv, not ${data}`);
  if (target === undefined)
    throw new OptionError('--target is missing: the column of the CSV file to forecast');
  const series = parseSeries(await readText(data), data, { target, time, sort });
  return {
    name: basename(data, '.csv'),
    title: `${target}, forecast`,
    label: target,
    unit: '',
    timeColumn: time,
    series,
    heldOut: heldOut ?? Math.floor(series.values.length / 6),
  };
}

function introduce({ title, series }: Source, job: ForecastJob): void {
  const { history, horizon, heldOut, seed, cell } = job.options;
  const { values, times } = series;
  const { backend } = job.network;
  const steps = (n: number) => n.toLocaleString('en-US');
  const days =
    times &&
    `, ${times[0].toISOString().slice(0, 10)} to ${times[times.length - 1].toISOString().slice(0, 10)}`;
  const held = values.subarray(job.end);
  const mean = held.reduce((sum, value) => sum + value, 0) / held.length;
  const kernels = job.network
    .explain()
    .map(({ layer, implementation, reason }) => `${layer} ${implementation}${reason ? ` (${reason})` : ''}`);
  console.log(
    `${title}: ${horizon} steps from the last ${history}${job.task.calendar ? ', with hour and weekday' : ''}`,
  );
  console.log(
    `data      ${steps(values.length)} steps${days ?? ''}; the last ${steps(heldOut)} (mean ${formatNumber(mean)}) are held out`,
  );
  console.log(`network   ${cell} and dense, ${steps(job.size)} weights, seed ${seed}`);
  console.log(`backend   ${backend.name}: ${backend.device}; ${kernels.join(', ')}\n`);
}
