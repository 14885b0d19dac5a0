/** The most that the timing of one class may take, in milliseconds. */
const BUDGET = 300;
/** The least duration of one sample: many times the resolution of a browser's clock. */
const SAMPLE = 5;
const MOST_REPETITIONS = 200;
const MOST_ROUNDS = 7;
/** The samples of each form from which its median is known. */
const ENOUGH = 4;
/** A form must take less than this share of the rule's time, so that noise does not decide: of medians, and of fewer samples. */
const CLEARLY = { median: 0.95, few: 0.75 };
/** A form that takes more than this times the fastest is not timed again. */
const HOPELESS = 2;

/**
 * Finds the fastest form by the median of samples, which are taken in turns, so that other load affects all forms equally. If the
 * budget ends early, it decides by what is known then.
 *
 * @param names of the forms; the first is the rule's, which serves where nothing is measured
 * @param time runs a form `repetitions` times and returns the duration in milliseconds
 * @returns the rule's form, unless another one is clearly faster
 */
export async function fastestForm(
  names: readonly string[],
  time: (name: string, repetitions: number) => Promise<number>,
): Promise<string> {
  const [rule] = names;
  if (names.length === 1) return rule;
  let spent = 0;
  let least = Infinity;
  const sample = async (name: string, repetitions: number) => {
    const duration = await time(name, repetitions);
    spent += duration;
    least = Math.min(least, duration / repetitions);
    return duration / repetitions;
  };
  const samples = new Map<string, number[]>();
  for (const name of names) {
    if (spent > BUDGET) break;
    // The first run allocates buffers, and either may be disturbed.
    const first = await sample(name, 1);
    samples.set(name, [first > 2 * HOPELESS * least ? first : Math.min(first, await sample(name, 1))]);
  }
  const running = [...samples].filter(([name, [single]]) => name === rule || single <= HOPELESS * least);
  const repetitionsOf = (single: number) => Math.ceil(Math.min(MOST_REPETITIONS, SAMPLE / single));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const i of running.keys()) {
      if (spent > BUDGET) break;
      const [name, times] = running[(i + round) % running.length];
      times.push(await sample(name, repetitionsOf(times[0])));
    }
  }
  const enough = running.every(([, times]) => times.length >= ENOUGH);
  const medians = running.map(([name, times]) => ({ name, time: median(times) }));
  const best = medians.reduce((best, next) => (next.time < best.time ? next : best));
  const byRule = median(samples.get(rule) as number[]);
  return best.time < (enough ? CLEARLY.median : CLEARLY.few) * byRule ? best.name : rule;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
