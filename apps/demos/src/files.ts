/* Reads the files of the data sets. */

/** Unzips the bytes if they are gzipped. Some servers unzip `.gz` files before they send them. */
export async function unzipped(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const whole = new Response(stream.pipeThrough(new DecompressionStream('gzip')));
  return new Uint8Array(await whole.arrayBuffer());
}

/** Decodes the text in `bytes`, unzipped if it is gzipped. */
export async function textOf(bytes: Uint8Array): Promise<string> {
  return new TextDecoder().decode(await unzipped(bytes));
}

/** The rows of a plain CSV below its header, split into their fields. */
export async function rowsOf(bytes: Uint8Array): Promise<string[][]> {
  const lines = (await textOf(bytes)).trim().split('\n');
  return lines.slice(1).map((line) => line.trim().split(','));
}
