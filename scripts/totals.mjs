// Reads and writes the last line of every suite: `N passed, N failed, N skipped`.

/** The last line for these totals. */
export function closing({ passed = 0, failed = 0, skipped = 0 }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The totals in the last line of a command's output. If it failed, at least one failure is counted. */
export function totalsOf({ code, output }) {
  const [, passed = 0, failed = 0, skipped = 0] =
    /(?:^|\n)(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output)?.map(Number) ?? [];
  const hasResults = passed + failed + skipped > 0;
  const broken = code !== 0 || !hasResults;
  return { passed, failed: broken ? Math.max(failed, 1) : failed, skipped };
}
