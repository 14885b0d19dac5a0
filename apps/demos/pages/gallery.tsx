import { render } from 'preact';
import '../src/frame/style.css';
import './gallery.css';
import { Top } from '../src/frame/top.js';
import { pages } from './pages.js';

/** Each page's picture, `cover.svg` in its folder, inlined so that it has the gallery's colours. */
const covers = import.meta.glob<string>('./*/cover.svg', { query: '?raw', import: 'default', eager: true });

/** The markup is safe: it is a file of this repository. */
function Cover({ folder }: { folder: string }) {
  const markup = { __html: covers[`./${folder}/cover.svg`] };
  return <div dangerouslySetInnerHTML={markup} />;
}

function Gallery() {
  return (
    <>
      <Top root="./" />
      <main>
        <h1>Recurrent networks that train while you watch</h1>
        <p class="lede">
          Each page trains a network in your browser, on the processor or the graphics card, and compares it
          with a simpler method on the same data. Nothing is sent anywhere.
        </p>
        <ul class="gallery">
          {pages.map(({ folder, title, line }) => (
            <li key={folder}>
              <a href={`./${folder}/`}>
                <Cover folder={folder} />
                <h2>{title}</h2>
                <p>{line}</p>
              </a>
            </li>
          ))}
        </ul>
        <p class="prose quiet">
          All pages use <code>@recurra/core</code> and one of its backends, and show the code that they run.
        </p>
      </main>
    </>
  );
}

render(<Gallery />, document.getElementById('page') as HTMLElement);
