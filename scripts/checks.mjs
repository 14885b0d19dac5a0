// A list of checks that a script runs through: each says how it went, and all of them run.
import { closing } from './totals.mjs';

const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs a check, which fails by throwing; what it returns is told beside its title. Gives whether it passed. */
export async function check(title, work) {
  try {
    const detail = await work();
    totals.passed++;
    console.log(`  ok    ${title}${detail ? `: ${detail}` : ''}`);
    return true;
  } catch (error) {
    totals.failed++;
    console.log(`  FAIL  ${title}\n${error.message}`);
    return false;
  }
}

/** Tells that a check cannot be run here. */
export function skip(title, reason) {
  totals.skipped++;
  console.log(`  skip  ${title}: ${reason}`);
}

/** The last word: the totals, and the exit code. */
export function close() {
  console.log(closing(totals));
  process.exitCode = totals.failed > 0 ? 1 : 0;
}
