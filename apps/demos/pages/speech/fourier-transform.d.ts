/* The library comes without types. */
declare module 'fourier-transform' {
  /** The real and the imaginary part of the transform at each of N / 2 + 1 frequencies, in arrays that the next call overwrites. */
  export function fft(input: ArrayLike<number>): readonly [re: Float64Array, im: Float64Array];
}
