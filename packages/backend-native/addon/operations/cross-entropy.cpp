/* The weighted mean of softmax cross-entropies: logits x [rows, classes], targets and weights [rows], the loss y [1]. */
#include "operations.h"

namespace recurra {

/** Exponentials, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 100'000;

/** The arguments that both passes have. */
struct CrossEntropyArguments {
  Size rows;
  Size classes;
  Tensor targets;
  Tensor weights;

  explicit CrossEntropyArguments(Device& device)
      : rows(device.size(ROWS)),
        classes(device.size(CLASSES)),
        targets(device.tensor(TARGETS, "the targets", rows)),
        weights(device.tensor(WEIGHTS, "the weights", rows)) {
    for (Size row = 0; row < rows; row++)
      if (!isWhole(targets.data[row], classes - 1))
        fail(FailureKind::data, "the target of row " + std::to_string(row) + " is none of " + std::to_string(classes) +
                                    " classes; expected a whole number from 0 to " + std::to_string(classes - 1));
  }
};

/** Returns y; and in training, as what is saved, the probabilities [rows, classes]. */
void crossEntropyForward(Device& device) {
  const CrossEntropyArguments in(device);
  const Size rows = in.rows;
  const Size classes = in.classes;
  const Tensor logits = device.tensor(X, "the logits", times(rows, classes));
  NewArray loss(device.memory, 1);
  std::optional<NewArray> probabilities;
  if (device.flag(TRAINING)) probabilities.emplace(device.memory, logits.size);
  Scratch losses(device.memory.pool, rows);
  float* kept = probabilities ? probabilities->data() : nullptr;
  runOnThreads(device, logits.size >= MIN_WORK, [&](const Thread& thread) {
    const Share share = shareOf(thread, rows, 1);
    const Size first = share.begin * classes;
    device.kernels->crossEntropy(logits.data + first, in.targets.data + share.begin, kept ? kept + first : nullptr, losses + share.begin,
                                 share.size(), classes);
  });
  double total = 0, totalWeight = 0;
  for (Size row = 0; row < rows; row++) {
    total += static_cast<double>(in.weights.data[row]) * losses[row];
    totalWeight += in.weights.data[row];
  }
  *loss.data() = totalWeight == 0 ? 0 : static_cast<float>(total / totalWeight);
  device.give(SAVED, probabilities);
  device.give(Y, loss);
}

/** Returns dx from dy, the gradient of the loss. */
void crossEntropyBackward(Device& device) {
  const CrossEntropyArguments in(device);
  const Size rows = in.rows;
  const Size classes = in.classes;
  const Tensor probabilities = device.tensor(SAVED, "the probabilities", times(rows, classes));
  const Tensor dLoss = device.tensor(D_Y, "the gradient of the loss", 1);
  NewArray dLogits(device.memory, probabilities.size);
  Scratch factors(device.memory.pool, rows);
  double totalWeight = 0;
  for (Size row = 0; row < rows; row++) totalWeight += in.weights.data[row];
  const double scale = totalWeight == 0 ? 0 : *dLoss.data / totalWeight;
  for (Size row = 0; row < rows; row++) factors[row] = static_cast<float>(scale * in.weights.data[row]);
  device.kernels->crossEntropyGradient(probabilities.data, in.targets.data, factors, dLogits.data(), rows, classes);
  device.give(D_X, dLogits);
}

}  // namespace recurra
