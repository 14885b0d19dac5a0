/** The most that the timing of one class may take, in milliseconds. */
const BUDGET = 300;
/** The least duration of one sample: many times the resolution of a browser's clock. */
const SAMPLE = 5;
const MOST_REPETITIONS = 200;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 7;
/** A form must be faster than the rule's by more than this, so that noise does not decide. */
const CLEARLY = 0.95;
/** Forms that took more than this times the fastest are not timed again. */
const HOPELESS = 2;

/**
 * Finds the fastest form by the median of samples, which are taken in turns, so that other load affects all forms equally.
 *
 * @param rule the form that serves where nothing is measured, one of `names`
 * @param time runs a form `repetitions` times and returns the duration in milliseconds
 * @returns `rule`, unless another form is clearly faster; also if the budget ends before there are enough samples
 */
export async function fastestForm(
  names: readonly string[],
  rule: string,
  time: (name: string, repetitions: number) => Promise<number>,
): Promise<string> {
  let spent = 0;
  const sample = async (name: string, repetitions: number) => {
    const duration = await time(name, repetitions);
    spent += duration;
    return duration / repetitions;
  };
  const single = new Map<string, number>();
  for (const name of [rule, ...names.filter((name) => name !== rule)]) {
    // The first run allocates buffers.
    await sample(name, 1);
    single.set(name, await sample(name, 1));
    if (spent > BUDGET) return rule;
  }
  const least = Math.min(...single.values());
  const running = names.filter((name) => name === rule || (single.get(name) as number) <= HOPELESS * least);
  const repetitions = Math.min(
    MOST_REPETITIONS,
    Math.ceil(SAMPLE / Math.max(least, SAMPLE / MOST_REPETITIONS)),
  );
  const samples = new Map(running.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const i of running.keys()) {
      if (spent > BUDGET) break;
      const name = running[(i + round) % running.length];
      samples.get(name)?.push(await sample(name, repetitions));
    }
  }
  const medians = [...samples].map(([name, times]) => ({ name, time: median(times), count: times.length }));
  if (medians.some(({ count }) => count < LEAST_ROUNDS)) return rule;
  const best = medians.reduce((best, next) => (next.time < best.time ? next : best));
  const byRule = medians.find(({ name }) => name === rule)?.time as number;
  return best.time < CLEARLY * byRule ? best.name : rule;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
