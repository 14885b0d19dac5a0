/** The running program and its version: `Node 20.20.2`, `Chromium 156`. */
export function runtime(): string {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node !== undefined) return `Node ${process.versions.node}`;
  const [, word, version] = /(Firefox|Chrome|Version)\/(\d+)/.exec(navigator.userAgent) ?? [];
  if (word === undefined) return navigator.userAgent;
  return `${{ Firefox: 'Firefox', Chrome: 'Chromium', Version: 'Safari' }[word]} ${version}`;
}
