// How every suite here ends: `N passed, N failed, N skipped`.

/** The closing line of these totals. */
export function closing({ passed = 0, failed = 0, skipped = 0 }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The totals that a command printed as its last line. One that ended badly without a failure counts as one. */
export function totalsOf({ code, output }) {
  const [, passed = 0, failed = 0, skipped = 0] =
    /(?:^|\n)(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output)?.map(Number) ?? [];
  const ran = passed + failed + skipped > 0;
  const broken = code !== 0 || !ran;
  return { passed, failed: broken ? Math.max(failed, 1) : failed, skipped };
}
