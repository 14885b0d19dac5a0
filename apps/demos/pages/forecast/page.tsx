import { mount } from '../../src/frame/mount.js';
import './page.css';
import type { Forecasts } from './inference.js';
import code from './task.ts?raw';
import record from './trained.json';
import { Week } from './week.js';

mount<Forecasts>({
  name: 'forecast',
  lede: 'How many bicycles will be rented in the next hours? A recurrent network learns from two years of rentals in Washington, D.C., hour by hour. It is scored on the last sixty days, which are not in its training data.',
  Result: Week,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The forecast “as many as in the last hour” is off by 65 rentals on average. A weighted sum of the
        hours before, linear autoregression, is better, and is the baseline to beat. The network sees the same
        columns and beats both within seconds, because the effect of the hour depends on the day: a working
        day has two peaks, a weekend one broad hill.
      </p>
      <p>
        It knows nothing about the future, not even the weather. About 165 hours of the two years are missing
        from the data, because nobody rented a bicycle then; the hours around a gap are treated as
        consecutive. If you change the window, the horizon or the columns, a new network is trained, and the
        baselines change with it.
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
      and hour are one column; the row number, year and month were removed.
    </p>
  ),
});
