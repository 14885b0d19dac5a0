/*
 * A batch in bands of rows. The rows of a batch do not depend on each other, so threads that take different rows need not wait
 * for each other after every step, and no thread reads what another has just written. With few rows, or a large U, the batch is
 * one band: then the threads share the units of each step.
 */
import { MAX_THREADS, RecurrentArgs, TASK_ARGS_BYTES } from './abi.generated';
import { rowAddress } from './recurrent';
import { barrier, beginLoop, chunkEnd, chunkStart, isShared, nextChunk, rejoin, separate, threadOffset } from './thread-pool';

/** The arguments of each thread's band. */
const bandArgs = memory.data(MAX_THREADS * TASK_ARGS_BYTES, 16);

/**
 * Runs `steps`, the steps of a pass, for the rows of each band, and returns when all are done.
 * @param gates G
 * @param scratch n, for the scratch memory [B, n·H] of the cell
 */
export function runBands(args: RecurrentArgs, gates: i32, scratch: i32, steps: (args: RecurrentArgs) => void): void {
  const bands = args.bands;
  if (bands == 1 || !isShared()) return steps(args);
  const band = changetype<RecurrentArgs>(bandArgs + threadOffset(TASK_ARGS_BYTES));
  for (let more = beginLoop(bands); more; more = nextChunk()) {
    setBand(band, args, gates, scratch, firstRow(args, chunkStart), firstRow(args, chunkEnd));
    separate();
    steps(band);
    rejoin();
  }
  barrier();
}

/** The first row of band number `band`. Bands have an even number of rows, because tiles do; the last one has the odd row. */
function firstRow(args: RecurrentArgs, band: i32): i32 {
  return band == args.bands ? args.batch : (((args.batch >> 1) * band) / args.bands) << 1;
}

/** Makes `band` the arguments of the steps for the rows from `start` to `end`: what a step uses begins with row `start`. */
function setBand(band: RecurrentArgs, args: RecurrentArgs, gates: i32, scratch: i32, start: i32, end: i32): void {
  const units = args.units;
  const width = gates * units;
  memory.copy(changetype<usize>(band), changetype<usize>(args), TASK_ARGS_BYTES);
  band.rows = end - start;
  band.lengths = rowAddress(args.lengths, start, 1);
  band.hEven = rowAddress(args.hEven, start, units);
  band.hOdd = rowAddress(args.hOdd, start, units);
  band.c = rowAddress(args.c, start, units);
  band.y = rowAddress(args.y, start, units);
  band.gates = rowAddress(args.gates, start, width);
  band.savedH = rowAddress(args.savedH, start, units);
  band.savedExtra = rowAddress(args.savedExtra, start, units);
  band.scratch = rowAddress(args.scratch, start, scratch * units);
  band.dy = rowAddress(args.dy, start, units);
  band.dh = rowAddress(args.dh, start, units);
  band.dc = rowAddress(args.dc, start, units);
  band.da = rowAddress(args.da, start, width);
  band.du = rowAddress(args.du, start, width);
}
