/*
 * Converts sound to the network's input: the energy in 20 bands, frame by frame, computed like the features
 * of the data set.
 */
import { fft } from 'fourier-transform';

/** Samples per second. */
export const RATE = 8000;
export const BANDS = 20;
/** Samples between the starts of frames, 20 ms. */
export const HOP = 160;

/** Samples of a frame, 25 ms, and of its transform. */
const FRAME = 200;
const SIZE = 256;

const taper = Array.from({ length: FRAME }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FRAME));
const filters = bandFilters();

/**
 * The logarithm, base 10, of the energy in each band: [frames][BANDS]. A sound shorter than a frame is padded
 * with silence, and everything after `most` frames is left out.
 *
 * @param samples at {@link RATE}, −1 to 1
 */
export function logMel(samples: ArrayLike<number>, most = 100): number[][] {
  const frames = Math.floor((samples.length - FRAME) / HOP) + 1;
  return Array.from({ length: Math.min(Math.max(frames, 1), most) }, (_, frame) => {
    const tapered = new Float64Array(SIZE);
    for (let n = 0; n < FRAME; n++) tapered[n] = taper[n] * (samples[frame * HOP + n] ?? 0);
    const [re, im] = fft(tapered);
    return filters.map((weights) => {
      const energy = weights.reduce((sum, weight, bin) => sum + weight * (re[bin] ** 2 + im[bin] ** 2), 0);
      return Math.log10(1e-6 + energy);
    });
  });
}

/** Triangles of height 1 over the frequencies of the transform, between 22 points equally spaced in mel from 60 to 3,900 Hz. */
function bandFilters(): number[][] {
  const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const [low, high] = [mel(60), mel(3900)];
  const points = Array.from({ length: BANDS + 2 }, (_, i) => {
    return 700 * (10 ** ((low + ((high - low) * i) / (BANDS + 1)) / 2595) - 1);
  });
  return Array.from({ length: BANDS }, (_, band) => {
    const [left, middle, right] = points.slice(band, band + 3);
    return Array.from({ length: SIZE / 2 + 1 }, (_, bin) => {
      const hertz = (bin * RATE) / SIZE;
      return Math.max(0, Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle)));
    });
  });
}
