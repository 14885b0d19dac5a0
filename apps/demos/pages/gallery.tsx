import { render } from 'preact';
import '../src/frame/style.css';
import './gallery.css';
import { Top } from '../src/frame/top.js';
import { pages } from './pages.js';

/** A page's picture: `cover.svg` in its folder, in the gallery's own colours. */
const covers = import.meta.glob<string>('./*/cover.svg', { query: '?raw', import: 'default', eager: true });

/** The markup is a file of ours. */
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
          Each page trains a network in your browser, on the processor or the graphics card, and shows beside
          it what a simpler method reaches on the same data. Nothing is sent anywhere.
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
          All pages run on <code>@recurra/core</code> and one of its backends, and show the code that they
          run.
        </p>
      </main>
    </>
  );
}

render(<Gallery />, document.getElementById('page') as HTMLElement);
