/* Serves files to a browser on this machine, on a free port. */
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';

/** Files in memory, by path: `/index.html`. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

export interface ServeOptions {
  /** The path below which the files are served; starts and ends with `/`. Default: `/`. */
  readonly base?: string;
  /** Headers of every response, such as {@link ISOLATION_HEADERS}. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers that allow a page to use shared memory, which threads need. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** The content of an index.html that runs one module script. */
export function pageHtml(script: string): string {
  return `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}

/** The files of a page that runs one module script. */
export function scriptPage(code: string): Files {
  return new Map([
    ['/index.html', pageHtml('page.js')],
    ['/page.js', code],
  ]);
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * Serves files on 127.0.0.1. A path that ends with `/` serves the index.html there; paths that are not found
 * give a 404.
 * @param files a folder, or files in memory
 * @returns the address of the base path, and a function that stops the server; resolves when the server
 * listens
 */
export async function serve(
  files: string | Files,
  { base = '/', headers = {} }: ServeOptions = {},
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : undefined;
    const file = path?.endsWith('/') ? `${path}index.html` : path;
    const body = file === undefined ? undefined : await contentOf(files, file);
    if (file === undefined || body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}${base}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function contentOf(files: string | Files, path: string): Promise<string | Uint8Array | undefined> {
  if (typeof files !== 'string') return files.get(path);
  const file = join(files, path);
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() ? readFile(file) : undefined;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
