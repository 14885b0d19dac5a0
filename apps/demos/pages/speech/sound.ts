/* Sounds from files and from the microphone, as integers from −32768 to 32767, 8,000 per second. */
import { HOP, RATE } from './log-mel.js';

const files = import.meta.glob<string>('../../data/speech-digits-fsdd/wav/*_theo_0.wav', {
  query: '?url&no-inline',
  import: 'default',
  eager: true,
});

export type Sound = readonly number[];

/** A sound file in any format that the browser knows. */
export async function soundOf(file: ArrayBuffer): Promise<Sound> {
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(file);
  return Array.from(decoded.getChannelData(0), (sample) => Math.round(32768 * sample));
}

/** One of the recordings of the digit by theo. */
export async function sampleOf(digit: number): Promise<Sound> {
  const response = await fetch(files[`../../data/speech-digits-fsdd/wav/${digit}_theo_0.wav`]);
  if (!response.ok) throw new Error(`the sample could not be loaded: ${response.status}`);
  return soundOf(await response.arrayBuffer());
}

/**
 * Records `seconds` from the microphone, without the silence before and after the speech.
 * @throws DOMException if there is no microphone, or the reader does not allow its use
 */
export async function record(seconds: number): Promise<Sound> {
  // Unprocessed: filters that make calls clearer change the spectrum.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  try {
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.start();
    setTimeout(() => recorder.stop(), 1000 * seconds);
    await stopped;
    return trimmed(await soundOf(await new Blob(parts).arrayBuffer()));
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** The sound from its first loud 20 ms to its last. Loud is at least a thirtieth of the maximum. */
export function trimmed(sound: Sound): Sound {
  const levels = Array.from({ length: Math.ceil(sound.length / HOP) }, (_, i) =>
    Math.hypot(...sound.slice(i * HOP, (i + 1) * HOP)),
  );
  const loud = Math.max(...levels) / 30;
  const first = Math.max(0, levels.findIndex((level) => level >= loud) - 1);
  const last = levels.findLastIndex((level) => level >= loud) + 1;
  return sound.slice(first * HOP, (last + 1) * HOP);
}

let context: AudioContext | undefined;

export function play(sound: Sound): void {
  if (sound.length === 0) return;
  context ??= new AudioContext();
  context.resume();
  const buffer = context.createBuffer(1, sound.length, RATE);
  buffer.copyToChannel(
    Float32Array.from(sound, (sample) => sample / 32768),
    0,
  );
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
}
