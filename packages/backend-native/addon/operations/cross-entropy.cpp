/* The weighted mean of softmax cross-entropies: logits [rows, classes], targets and weights [rows], the loss [1]. */
#include "operations.h"

namespace recurra {

/** Exponentials, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 100'000;

static void check(Tensor x, Tensor targets, Tensor weights, Size rows, Size classes) {
  expectSize("the logits or probabilities", x, times(rows, classes));
  expectSize("the targets", targets, rows);
  expectSize("the weights", weights, rows);
  for (Size row = 0; row < rows; row++)
    if (!isWhole(targets.data[row], classes - 1))
      fail(FailureKind::data, "the target of row " + std::to_string(row) + " is none of " + std::to_string(classes) +
                                  " classes; expected a whole number from 0 to " + std::to_string(classes - 1));
}

/** Returns the loss; shared 0: the probabilities, if the backward pass needs them. */
Handle crossEntropyForward(Device& device, Tensor logits, Tensor targets, Tensor weights, Size rows, Size classes, bool training) {
  check(logits, targets, weights, rows, classes);
  NewArray loss(device.memory, 1);
  std::optional<NewArray> probabilities;
  if (training) probabilities.emplace(device.memory, logits.size);
  Scratch losses(device.memory.pool, rows);
  float* kept = probabilities ? probabilities->data() : nullptr;
  runOnThreads(device, logits.size >= MIN_WORK, [&](const Thread& thread) {
    const Share share = shareOf(thread, rows, 1);
    const Size first = share.begin * classes;
    device.kernels->crossEntropy(logits.data + first, targets.data + share.begin, kept ? kept + first : nullptr, losses + share.begin,
                                 share.size(), classes);
  });
  double total = 0, totalWeight = 0;
  for (Size row = 0; row < rows; row++) {
    total += static_cast<double>(weights.data[row]) * losses[row];
    totalWeight += weights.data[row];
  }
  *loss.data() = totalWeight == 0 ? 0 : static_cast<float>(total / totalWeight);
  giveShared(device, 0, probabilities);
  return loss.give();
}

/** Returns the gradient of the logits. */
Handle crossEntropyBackward(Device& device, Tensor probabilities, Tensor targets, Tensor weights, Tensor dLoss, Size rows,
                            Size classes) {
  check(probabilities, targets, weights, rows, classes);
  expectSize("the gradient of the loss", dLoss, 1);
  NewArray dLogits(device.memory, probabilities.size);
  Scratch factors(device.memory.pool, rows);
  double totalWeight = 0;
  for (Size row = 0; row < rows; row++) totalWeight += weights.data[row];
  const double scale = totalWeight == 0 ? 0 : *dLoss.data / totalWeight;
  for (Size row = 0; row < rows; row++) factors[row] = static_cast<float>(scale * weights.data[row]);
  device.kernels->crossEntropyGradient(probabilities.data, targets.data, factors, dLogits.data(), rows, classes);
  return dLogits.give();
}

}  // namespace recurra
