/* How it is measured, and what the columns are. */
export function Notes() {
  return (
    <div class="prose notes">
      <h2>How it measures</h2>
      <p>
        Every system gets the same weights, inputs and targets, and runs in a worker of its own, with WebGL
        and WebGPU too. Its outputs are compared with those of the float64 reference backend before anything
        is timed. After a warm-up the systems take turns of 50 ms, another one beginning each time, so that a
        slow moment of the machine is everybody’s. A repetition ends when its result is in JavaScript’s
        memory.
      </p>
      <p>
        <strong>Spread</strong> is half the range in which the middle half of the repetitions lie, as a share
        of the median; the line on each bar is that range. <strong>Ratio</strong> compares with as many
        threads; with Recurra as the base, Recurra’s own row compares with its one thread.
      </p>
      <p>
        ONNX Runtime Web does not train. On WebGPU it has LSTM and GRU, but no RNN; on WebGL it has none of
        them. The GRU of TensorFlow.js is the one without <code>resetAfter</code>, which the sizes for
        GPUs have.
      </p>
      <p>
        The JSON file is what <code>npx pnpm bench --table FILE</code> reads.
      </p>
    </div>
  );
}
