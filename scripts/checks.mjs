// Checks of a script: each prints its result, and all of them run.
import { closing } from './totals.mjs';

const totals = { passed: 0, failed: 0, skipped: 0 };

/**
 * Runs a check and prints its title, with the detail that it returns. A check fails by throwing. @returns
 * true if it passed
 */
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

/** Reports a check that cannot run on this machine. */
export function skip(title, reason) {
  totals.skipped++;
  console.log(`  skip  ${title}: ${reason}`);
}

/** Prints the totals, and sets the exit code. */
export function close() {
  console.log(closing(totals));
  process.exitCode = totals.failed > 0 ? 1 : 0;
}
