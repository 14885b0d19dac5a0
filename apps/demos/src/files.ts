/* Reading the data sets' files. */

/** The text in `bytes`, unzipped if it is gzipped: some servers unzip `.gz` files on their own. */
export async function textOf(bytes: Uint8Array): Promise<string> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const stream = gzipped ? blob.stream().pipeThrough(new DecompressionStream('gzip')) : blob.stream();
  return new Response(stream).text();
}

/** The rows of a plain CSV below its header, split into their fields. */
export async function rowsOf(bytes: Uint8Array): Promise<string[][]> {
  const lines = (await textOf(bytes)).trim().split('\n');
  return lines.slice(1).map((line) => line.trim().split(','));
}
