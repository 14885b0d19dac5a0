/* The scan h_t = a_t ⊙ h_{t−1} + b_t over a sequence: a, b, y and their gradients [time, batch, units], states [batch, units]. */
#include "operations.h"

namespace recurra {

/** Elements of a, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 200'000;
/** The elements of a step that a thread takes are a multiple of this: 256 bytes. */
constexpr Size BLOCK = 64;

static void run(Device& device, const Scan& scan, void (*pass)(const Scan&, Size, Size)) {
  const Size width = scan.batch * scan.units;
  runOnThreads(device, scan.time * width >= MIN_WORK, [&](const Thread& thread) {
    const Share elements = shareOf(thread, width, BLOCK);
    pass(scan, elements.begin, elements.end);
  });
}

/** The arguments that both passes have. */
static Scan scanOf(Device& device) {
  const Size time = device.size(TIME);
  const Size batch = device.size(BATCH);
  const Size units = device.size(UNITS);
  const Size width = times(batch, units);
  const Tensor lengths = device.optional(LENGTHS, "the lengths", batch);
  if (lengths) expectWhole("the length", lengths, 1, time);
  return {
      .time = time,
      .batch = batch,
      .units = units,
      .reverse = device.flag(REVERSE),
      .a = device.tensor(A, "a", times(time, width)).data,
      .lengths = lengths.data,
      .initialState = device.optional(INITIAL_H, "the initial state", width).data,
  };
}

/** Returns y, and the final state h. */
void scanForward(Device& device) {
  Scan scan = scanOf(device);
  const Size width = scan.batch * scan.units;
  const Size size = scan.time * width;
  scan.b = device.tensor(B, "b", size).data;
  NewArray y(device.memory, size);
  NewArray state(device.memory, width);
  scan.y = y.data();
  scan.state = state.data();
  run(device, scan, device.kernels->scanForward);
  device.give(Y, y);
  device.give(H, state);
}

/** Returns da, db, and dh, the gradient of the initial state if there is one, from dy and dh, the gradient of the final state. */
void scanBackward(Device& device) {
  Scan scan = scanOf(device);
  const Size width = scan.batch * scan.units;
  const Size size = scan.time * width;
  scan.y = device.tensor(Y, "y", size).data;
  scan.dy = device.optional(D_Y, "the gradient of y", size).data;
  scan.dState = device.optional(D_H, "the gradient of the final state", width).data;
  NewArray da(device.memory, size);
  NewArray db(device.memory, size);
  std::optional<NewArray> dInitialState(std::in_place, device.memory, width);
  scan.state = dInitialState->data();
  scan.da = da.data();
  scan.db = db.data();
  run(device, scan, device.kernels->scanBackward);
  if (!scan.initialState) dInitialState.reset();
  device.give(D_A, da);
  device.give(D_B, db);
  device.give(D_H, dInitialState);
}

}  // namespace recurra
