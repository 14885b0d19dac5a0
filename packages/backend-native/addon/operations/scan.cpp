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

static Scan checked(Tensor a, Optional initialState, Optional lengths, Size time, Size batch, Size units, bool reverse) {
  const Size width = times(batch, units);
  expectSize("a", a, times(time, width));
  expectSizeIfAny("the initial state", initialState, width);
  expectSizeIfAny("the lengths", lengths, batch);
  if (lengths) expectWhole("the length", lengths, 1, time);
  return {
      .time = time,
      .batch = batch,
      .units = units,
      .reverse = reverse,
      .a = a.data,
      .lengths = lengths.data,
      .initialState = initialState.data,
  };
}

/** Returns y; shared 0: the final state. */
Handle scanForward(Device& device, Tensor a, Tensor b, Optional initialState, Optional lengths, Size time, Size batch, Size units,
                   bool reverse) {
  Scan scan = checked(a, initialState, lengths, time, batch, units, reverse);
  expectSize("b", b, a.size);
  NewArray y(device.memory, a.size);
  std::optional<NewArray> state(std::in_place, device.memory, batch * units);
  scan.b = b.data;
  scan.y = y.data();
  scan.state = state->data();
  run(device, scan, device.kernels->scanForward);
  giveShared(device, 0, state);
  return y.give();
}

/** Returns the gradient of a; shared 0: that of b; shared 1: that of the initial state, if there is one. */
Handle scanBackward(Device& device, Tensor a, Optional initialState, Optional lengths, Tensor y, Optional dy, Optional dState, Size time,
                    Size batch, Size units, bool reverse) {
  Scan scan = checked(a, initialState, lengths, time, batch, units, reverse);
  expectSize("y", y, a.size);
  expectSizeIfAny("the gradient of y", dy, a.size);
  expectSizeIfAny("the gradient of the final state", dState, batch * units);
  NewArray da(device.memory, a.size);
  std::optional<NewArray> db(std::in_place, device.memory, a.size);
  std::optional<NewArray> dInitialState(std::in_place, device.memory, batch * units);
  scan.y = y.data;
  scan.dy = dy.data;
  scan.dState = dState.data;
  scan.state = dInitialState->data();
  scan.da = da.data();
  scan.db = db->data();
  run(device, scan, device.kernels->scanBackward);
  if (!initialState) dInitialState.reset();
  giveShared(device, 0, db);
  giveShared(device, 1, dInitialState);
  return da.give();
}

}  // namespace recurra
