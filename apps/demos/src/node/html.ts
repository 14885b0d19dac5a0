/* The HTML of the pages, generated from the entries of pages/pages.ts. */
import type { Plugin } from 'vite';
import { type PageEntry, pages } from '../../pages/pages.js';

/** The files that the plugin provides: an index.html in each page's folder. */
export function htmlFiles(root: string): string[] {
  return pages.map(({ folder }) => `${root}/${folder}/index.html`);
}

/** @param root the folder with the pages' folders */
export function pageHtml(root: string): Plugin {
  const documents = new Map(htmlFiles(root).map((file, i) => [file, htmlOf(pages[i])]));
  return {
    name: 'recurra-page-html',
    resolveId: { order: 'pre', handler: (id) => (documents.has(id) ? id : undefined) },
    load: (id) => documents.get(id),
    configureServer(server) {
      server.middlewares.use(async ({ url = '' }, response, next) => {
        const path = new URL(url, 'http://localhost').pathname.replace(/\/$/, '/index.html');
        const html = documents.get(root + path);
        if (html === undefined) return next();
        response.setHeader('content-type', 'text/html').end(await server.transformIndexHtml(path, html));
      });
    },
  };
}

function htmlOf({ title, line }: PageEntry): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="description" content="${line} A recurrent network that trains in your browser." />
    <title>${title} · Recurra</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="page"></div>
    <noscript>This page trains a neural network in your browser, and needs JavaScript for that.</noscript>
    <script type="module" src="./page.tsx"></script>
  </body>
</html>
`;
}
