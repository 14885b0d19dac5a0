import { mount } from '../../src/frame/mount.js';
import './page.css';
import type { Forecasts } from './inference.js';
import code from './task.ts?raw';
import record from './trained.json';
import { Week } from './week.js';

mount<Forecasts>({
  name: 'forecast',
  lede: 'How many bicycles will be hired in the next hours? A recurrent network learns from two years of Washington, D.C., hour by hour, and is measured on the last sixty days, which it never sees.',
  Result: Week,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        A forecast of an hour that says “as in the last hour” is wrong by 65 rentals on average. A weighted
        sum of the hours before does better, and is the one to beat. The network has the same columns and
        beats both within seconds, because how the hour matters depends on the day: the two peaks of a working
        day are one broad hill at the weekend.
      </p>
      <p>
        It is told nothing of the future, not even its weather. Some 165 hours of the two years are missing in
        the data (nobody hired a bicycle); the hours around them are taken as neighbours. Other windows,
        horizons and columns make another network, and other baselines with it.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      H. Fanaee-T and J. Gama,{' '}
      <a href="https://archive.ics.uci.edu/dataset/275/bike+sharing+dataset">Bike Sharing</a>, UCI Machine
      Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Changed: date
      and hour are one column; running number, year and month were dropped.
    </p>
  ),
});
