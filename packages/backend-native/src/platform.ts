/**
 * What the packages of compiled addons are named by: `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64`. On Linux it ends with the C
 * library, because an addon works with the one that it was compiled for.
 */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${name}-${hasGlibc() ? 'gnu' : 'musl'}` : name;
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}
