import { rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type Backend, OptionError } from '@recurra/core';
import { type Command, Option } from 'commander';
import { backendFactory } from '../backends.js';
import { interruptible } from '../exit.js';
import { checkWritable, readBytes, write } from '../files.js';
import { forecastChart } from '../forecast/forecast-chart.js';
import { ForecastJob } from '../forecast/job.js';
import { encodeForecast } from '../forecast/model-file.js';
import { cells, type NetworkChoice } from '../forecast/network.js';
import { decimal, scoreTable, unbeaten } from '../forecast/report.js';
import { readEnergy, readSeries, type Series } from '../forecast/series.js';
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

/** The data to forecast, and how to speak of it. */
interface Source {
  readonly name: string;
  readonly title: string;
  /** Of the chart's axis. */
  readonly label: string;
  /** Empty where it is not known. */
  readonly unit: string;
  readonly timeColumn?: string;
  readonly series: Series;
  readonly heldOut: number;
}

export function trainCommand(program: Command): void {
  program
    .command('train')
    .description('train a forecast of a series, and compare it with simple ones on data that it has not seen')
    .requiredOption(
      '--data <name|file>',
      "'energy', the hourly electricity load of a city, or a CSV file with a header",
    )
    .option('--target <column>', 'what to forecast; for a CSV file')
    .option(
      '--time <column>',
      'dates (ISO 8601) of the rows, so that hour and weekday are inputs too; for a CSV file',
    )
    .option(
      '--sort',
      'sort the rows of a CSV file by --time; else they must go from the oldest to the newest',
      false,
    )
    .option('--history <steps>', 'steps that the network is given', count, 168)
    .option('--horizon <steps>', 'steps that it forecasts', count, 24)
    .option('--season <steps>', 'steps after which the series is like itself', count, 24)
    .option('--held-out <steps>', 'steps at the end to test on (energy: 1344; a CSV file: a sixth)', count)
    .addOption(new Option('--cell <kind>', 'recurrent layer').choices(Object.keys(cells)).default('lstm'))
    .option('--units <n>', 'its width', count, 48)
    .option('--epochs <n>', 'passes over the data', count, 24)
    .option('--seed <n>', 'the same seed gives the same result', seed, 1)
    .option('--backend <name>', 'what it runs on', 'cpu')
    .option('--allow-software', 'let a backend for a GPU do without one, in software', false)
    .option('--out <dir>', 'where the model and the chart are written', 'out')
    .option('--resume <file>', 'go on from the checkpoint of a training that was broken off')
    .addHelpText('after', '\nThe exit code is 1 where the network is not better than every baseline.')
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const create = backendFactory(options.backend, options);
  const source = await open(options);
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
    console.log(`\nBroken off. To go on, give the same command and --resume ${paths.checkpoint}`);
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
  // Before anything is made of it, so that nothing can lose it.
  await write(paths.model, saved);
  await rm(paths.checkpoint, { force: true });
  const system = `Recurra ${options.cell.toUpperCase()}`;
  const own = { name: system, ...(await job.networkScore()) };
  const baselines = job.baselineScores();
  await write(paths.chart, await forecastChart(job, { title, label, unit, system }, own));
  const difference = await job.streamDifference(saved);

  const forecasts = job.origins.length.toLocaleString('en-US');
  console.log(
    `Error${unit && ` in ${unit}`} over the ${forecasts} forecasts, one from every step, that lie in the held-out part:\n`,
  );
  console.log(`${scoreTable([own, ...baselines])}\n`);
  console.log(
    `Loaded again and run as a stream, ${options.history} steps: the same numbers, up to ${difference.toExponential(1)} of the largest.`,
  );
  console.log(`Written: ${paths.model} (the model), ${paths.chart} (forecast and truth)`);
  judge(unbeaten(own, baselines), difference, system);
}

/** Says on stderr, and by the exit code, what is not as it should be. */
function judge(better: readonly string[], difference: number, system: string): void {
  if (better.length > 0) {
    console.error(`The ${system} is not better than: ${better.join(', ')}`);
    process.exitCode = 1;
  }
  if (!(difference <= 1e-4)) {
    console.error('The stream differs from the forecast of the whole window by more than 1e-4');
    process.exitCode = 1;
  }
}

async function open({ data, target, time, sort, heldOut }: TrainOptions): Promise<Source> {
  if (data === 'energy') {
    for (const [name, given] of Object.entries({ target, time, sort: sort || undefined })) {
      if (given !== undefined) throw new OptionError(`--${name} is for a CSV file, and --data is energy`);
    }
    return {
      name: 'energy',
      title: "Tetouan's electricity load, forecast a day ahead",
      label: 'Load (kW)',
      unit: 'kW',
      timeColumn: 'datetime',
      series: await readEnergy(),
      heldOut: heldOut ?? 1344,
    };
  }
  if (extname(data) !== '.csv')
    throw new OptionError(`--data is 'energy' or a file that ends in .csv, not ${data}`);
  if (target === undefined)
    throw new OptionError('--target is missing: the column of the CSV file to forecast');
  const series = await readSeries(data, { target, time, sort });
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
  const kernels = job.network
    .explain()
    .map(({ layer, way, reason }) => `${layer} ${way}${reason ? ` (${reason})` : ''}`);
  console.log(
    `${title}: ${horizon} steps from the last ${history}${job.task.calendar ? ', hour and weekday' : ''}`,
  );
  console.log(
    `data      ${steps(values.length)} steps${days ?? ''}; the last ${steps(heldOut)} (mean ${decimal(held.reduce((a, b) => a + b, 0) / held.length)}) are held out`,
  );
  console.log(`network   ${cell} and dense, ${steps(job.size)} weights, seed ${seed}`);
  console.log(`backend   ${backend.name}: ${backend.device}; ${kernels.join(', ')}\n`);
}
