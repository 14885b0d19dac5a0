/** Ends the process with exit code 2, for a request that cannot be met. */
export function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
