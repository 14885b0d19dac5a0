/* The reader's ball in flight, with the forecast ahead of it. */
import { useEffect, useRef } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import { useClock } from '../../src/frame/clock.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useScheme } from '../../src/frame/scheme.js';
import { Slider } from '../../src/frame/slider.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Flight, Forecast, Question } from './inference.js';
import { Ball, Legend, Path, Ring } from './marks.js';
import { drawFrame } from './pixels.js';
import { type Position, SEEN, SIZE, SPEEDS, WALLS } from './world.js';

const FRAMES = 60;
/** Milliseconds from frame to frame. */
const PACE = 220;

export function Arena({ ask, picture, settings }: ResultProps<readonly Forecast[]>) {
  const [from, setFrom] = useUrlState('from', '4,5');
  const [direction, setDirection] = useUrlState('direction', '35');
  const [speed, setSpeed] = useUrlState('speed', '1.6');
  const start = from.split(',').map(Number);
  const degrees = Number(direction) || 0;
  const pixels = within(Number(speed), SPEEDS);
  const angle = (degrees * Math.PI) / 180;
  const question: Question = {
    thrown: {
      from: [within(start[0], WALLS), within(start[1], WALLS)],
      velocity: [pixels * Math.cos(angle), pixels * Math.sin(angle)],
    },
    frames: FRAMES,
  };
  const flight = useAnswer<Flight>({ ask, picture }, question);
  const clock = useClock({ frames: flight ? FRAMES : 0, pace: PACE, first: SEEN - 1 });
  const ahead = Number(settings?.ahead ?? 3);
  const aim = useAim(([x, y], [right, down]) => {
    setFrom(`${x.toFixed(1)},${y.toFixed(1)}`);
    // A click without a drag does not change the direction.
    if (Math.hypot(right, down) > 0.5) {
      setDirection(String(Math.round((Math.atan2(down, right) * 180) / Math.PI)));
      setSpeed(within(Math.hypot(right, down) / 3, SPEEDS).toFixed(1));
    }
    clock.restart();
  });
  return (
    <section aria-labelledby="flight" class="arena">
      <div class="heading">
        <h2 id="flight">Where will it be {ahead === 1 ? 'in the next frame' : `in ${ahead} frames`}?</h2>
      </div>
      <div class="room" {...aim}>
        <Pixels at={flight?.path[clock.frame]} />
        <svg
          viewBox={`-0.5 -0.5 ${SIZE} ${SIZE}`}
          role="img"
          aria-label={descriptionOf(flight, clock.frame, ahead)}
        >
          {flight && <Scene flight={flight} frame={clock.frame} />}
        </svg>
        <p class="hint">Drag to throw</p>
      </div>
      <Legend />
      <div class="row">
        <button type="button" onClick={clock.toggle}>
          {clock.running ? 'Hold the ball' : 'Let it fly'}
        </button>
        <Slider
          label={`Frame ${clock.frame + 1}`}
          value={clock.frame}
          range={[0, FRAMES - 1]}
          set={clock.hold}
        />
        <Slider
          label={`Direction ${degrees}°`}
          value={degrees}
          range={[-180, 180]}
          set={(value) => setDirection(String(value))}
        />
        <Slider
          label={`Speed ${pixels.toFixed(1)} pixels per frame`}
          value={pixels}
          range={SPEEDS}
          step={0.1}
          set={(value) => setSpeed(String(value))}
        />
      </div>
    </section>
  );
}

/** The forecasts of the network and of a straight line for the frames after this one. */
function Scene({ flight: { path, network, line }, frame }: { flight: Flight; frame: number }) {
  const now = path[frame];
  const forecast = frame - SEEN + 1;
  return (
    <>
      <Path kind="seen" points={path.slice(Math.max(0, frame - SEEN + 1), frame + 1)} />
      {forecast >= 0 && <Path kind="line" points={[now, ...line[forecast]]} />}
      {forecast >= 0 && <Path kind="network" points={[now, ...network[forecast]]} />}
      <Ball at={now} />
      {forecast >= 0 && <Ring at={network[forecast][network[forecast].length - 1]} />}
    </>
  );
}

/** The frame as the network reads it. */
function Pixels({ at }: { at: Position | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    if (canvas.current && at) drawFrame(canvas.current, at);
  }, [at, scheme]);
  return <canvas ref={canvas} width={SIZE} height={SIZE} />;
}

/** A drag, in pixels of the room. It begins at the ball's start; its length and direction give the throw. */
function useAim(throwBall: (from: Position, by: Position) => void) {
  const began = useRef<Position>(undefined);
  const positionOf = ({ currentTarget, clientX, clientY }: PointerEvent): Position => {
    const { left, top, width } = (currentTarget as Element).getBoundingClientRect();
    const pixel = (along: number) => (SIZE * along) / width - 0.5;
    return [pixel(clientX - left), pixel(clientY - top)];
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      began.current = positionOf(event);
    },
    onPointerUp: (event: PointerEvent) => {
      if (!began.current) return;
      const [x, y] = began.current;
      const [toX, toY] = positionOf(event);
      began.current = undefined;
      throwBall([within(x, WALLS), within(y, WALLS)], [toX - x, toY - y]);
    },
  };
}

function within(value: number, [least, most]: readonly [number, number]): number {
  return Math.min(most, Math.max(least, value)) || least;
}

function descriptionOf(flight: Flight | undefined, frame: number, ahead: number): string {
  if (!flight) return 'The forecast is loading';
  const [x, y] = flight.path[frame].map((pixel) => pixel.toFixed(1));
  const forecast = flight.network[frame - SEEN + 1]?.[ahead - 1];
  const expected = forecast
    ? `the network expects it at ${forecast.map((pixel) => pixel.toFixed(1)).join(', ')} in ${ahead} frames`
    : `the network waits until it has seen ${SEEN} frames`;
  return `Frame ${frame + 1}: the ball is at ${x}, ${y}; ${expected}`;
}
