/* Plays melodies. */

/** Seconds per note. */
const BEAT = 0.36;

let context: AudioContext | undefined;

/**
 * Plays the pitches (MIDI numbers) one after another, the last one longer.
 * @param reached called with the index of each note when it begins, and with undefined at the end
 * @returns a function that stops the melody without another call of `reached`
 */
export function play(
  pitches: readonly number[],
  reached: (index: number | undefined) => void = () => {},
): () => void {
  context ??= new AudioContext();
  context.resume();
  const output = context.createGain();
  output.gain.value = 0.25;
  output.connect(context.destination);
  const start = context.currentTime + 0.05;
  for (const [i, pitch] of pitches.entries()) {
    const length = i === pitches.length - 1 ? 3 * BEAT : BEAT;
    tone(context, output, { pitch, at: start + i * BEAT, length });
  }
  let index = -1;
  const timer = setInterval(() => {
    const now = Math.floor(((context as AudioContext).currentTime - start) / BEAT);
    if (now === index || now < 0) return;
    index = now;
    if (now < pitches.length + 2) reached(Math.min(now, pitches.length - 1));
    else {
      clearInterval(timer);
      output.disconnect();
      reached(undefined);
    }
  }, 30);
  return () => {
    clearInterval(timer);
    output.disconnect();
  };
}

interface Tone {
  readonly pitch: number;
  /** Seconds of the context's time. */
  readonly at: number;
  readonly length: number;
}

/** A soft tone that fades, like that of a small organ pipe. */
function tone(context: AudioContext, output: AudioNode, { pitch, at, length }: Tone): void {
  const oscillator = context.createOscillator();
  oscillator.type = 'triangle';
  oscillator.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(1, at + 0.02);
  envelope.gain.setTargetAtTime(0, at + 0.6 * length, length / 8);
  oscillator.connect(envelope).connect(output);
  oscillator.start(at);
  oscillator.stop(at + 1.1 * length);
}
