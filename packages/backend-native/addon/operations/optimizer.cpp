/* One step of an optimizer over all parameters, in place. */
#include "operations.h"
#include <algorithm>
#include <cmath>
#include <vector>

namespace recurra {

/** The states of an optimizer, for each parameter in this order; those that the options need no such state for are absent. */
static std::vector<float * Update::*> statesOf(const OptimizerStep& step, bool amsgrad) {
  std::vector<float * Update::*> states;
  switch (step.optimizer) {
    case Optimizer::sgd: break;
    case Optimizer::adam:
      states = {&Update::mean, &Update::square};
      if (amsgrad) states.push_back(&Update::largest);
      break;
    case Optimizer::rmsprop:
      states = {&Update::square};
      if (step.centered) states.push_back(&Update::mean);
      break;
    case Optimizer::adagrad: states = {&Update::square}; break;
    case Optimizer::count: break;
  }
  if (step.momentum > 0) states.push_back(&Update::velocity);
  return states;
}

/** Elements, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 200'000;
/** The most elements that a thread updates at a time. It does not depend on the threads, and so neither do the sums of squares. */
constexpr Size CHUNK = 16'384;

/** Some elements of a parameter. */
struct Chunk {
  Update update;
  Size size;
};

/** Appends the chunks of a parameter of `size` elements. */
static void addChunks(std::vector<Chunk>& chunks, const Update& whole, Size size) {
  for (Size begin = 0; begin < size; begin += CHUNK) {
    Update part = whole;
    part.g += begin;
    for (float* Update::* array : {&Update::p, &Update::mean, &Update::square, &Update::largest, &Update::velocity})
      if (part.*array) part.*array += begin;
    chunks.push_back({part, std::min(CHUNK, size - begin)});
  }
}

/** Calls f(number of the chunk) for all chunks, on all threads if there is enough work. */
template <typename F>
static void forEachChunk(Device& device, const std::vector<Chunk>& chunks, F f) {
  Size elements = 0;
  for (const Chunk& chunk : chunks) elements += chunk.size;
  runOnThreads(device, elements >= MIN_WORK, [&](const Thread& thread) {
    const Share share = shareOf(thread, Size(chunks.size()), 1);
    for (Size i = share.begin; i < share.end; i++) f(i);
  });
}

/**
 * The global norm of the gradients, before clipping. It is not finite if the loss is not, or the sum of squares is too large for float32.
 */
static double normOf(Device& device, const std::vector<Chunk>& chunks, Tensor guard) {
  std::vector<double> sums(chunks.size());
  forEachChunk(device, chunks, [&](Size i) { sums[i] = device.kernels->sumOfSquares(chunks[i].update.g, chunks[i].size); });
  double squares = 0;
  for (const double sum : sums) squares += sum;
  if (!std::isfinite(*guard.data)) return std::nan("");
  return std::sqrt(static_cast<double>(static_cast<float>(squares)));
}

/**
 * `handles`: the parameters, their gradients, and the states of the first parameter, of the second, and so on. Returns the norm of the
 * gradients if there is a guard. If it is not finite, nothing has changed.
 */
void optimizerStep(Device& device, Elements<int32_t> handles) {
  OptimizerStep step = {
      .optimizer = device.code<Optimizer>(),
      .clip = 1,
      .rate = device.single(RATE),
      .penalty = device.single(PENALTY),
      .shrink = device.single(SHRINK),
      .momentum = device.single(MOMENTUM),
      .beta1 = device.single(BETA1),
      .oneMinusBeta1 = device.single(ONE_MINUS_BETA1),
      .beta2 = device.single(BETA2),
      .oneMinusBeta2 = device.single(ONE_MINUS_BETA2),
      .epsilon = device.single(EPSILON),
      .nesterov = device.flag(NESTEROV),
      .centered = device.flag(CENTERED),
  };
  const Size count = device.size(COUNT);
  const Tensor guard = device.optional(GUARD, "the loss", 1);
  const std::vector<float * Update::*> states = statesOf(step, device.flag(AMSGRAD));
  const Size each = 2 + Size(states.size());
  if (handles.size != times(count, each))
    fail(FailureKind::shape, std::to_string(handles.size) + " tensors for " + std::to_string(count) +
                                 " parameters; expected " + std::to_string(count * each));
  std::vector<Chunk> chunks;
  for (Size i = 0; i < count; i++) {
    const Tensor p = device.tensor(handles.data[i]);
    const Tensor g = device.tensor(handles.data[count + i]);
    expectSize("a gradient", g, p.size);
    Update update = {.p = p.data, .g = g.data};
    for (size_t k = 0; k < states.size(); k++) {
      const Tensor state = device.tensor(handles.data[2 * count + i * Size(states.size()) + Size(k)]);
      expectSize("a state", state, p.size);
      update.*states[k] = state.data;
    }
    addChunks(chunks, update, p.size);
  }
  const double norm = guard ? normOf(device, chunks, guard) : 0;
  std::optional<NewArray> result;
  if (guard) *result.emplace(device.memory, 1).data() = static_cast<float>(norm);
  device.give(NORM, result);
  if (!std::isfinite(norm)) return;
  const double limit = device.number(CLIP);
  if (limit > 0) step.clip = static_cast<float>(std::min(1.0, limit / (norm + 1e-6)));
  forEachChunk(device, chunks, [&](Size i) { device.kernels->update(step, chunks[i].update, chunks[i].size); });
  for (Size i = 0; i < count; i++) device.memory.markChanged(handles.data[i]);
}

}  // namespace recurra
