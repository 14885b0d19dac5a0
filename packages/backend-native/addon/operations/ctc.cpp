/*
 * Connectionist temporal classification: logits x [time, batch, classes], targets [batch, labels], lengths and target lengths [batch], and
 * the losses y [batch].
 */
#include "operations.h"

namespace recurra {

/** Exponentials, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 100'000;
/** The size of a half of α and β is a multiple of this, the widest vector, besides the elements before and after it. */
constexpr Size LANES = 16;

/** The arguments that both passes have. */
static Ctc ctcOf(Device& device) {
  const Size time = device.size(TIME);
  const Size batch = device.size(BATCH);
  const Size classes = device.size(CLASSES);
  const Size labels = device.size(LABELS);
  const Size blank = device.size(BLANK);
  const Tensor logits = device.tensor(X, "the logits", times(time, times(batch, classes)));
  const Tensor targets = device.tensor(TARGETS, "the targets", times(batch, labels));
  const Tensor lengths = device.tensor(LENGTHS, "the lengths", batch);
  const Tensor targetLengths = device.tensor(TARGET_LENGTHS, "the numbers of labels", batch);
  if (blank >= classes)
    fail(FailureKind::shape, "the blank is " + std::to_string(blank) + "; expected one of " + std::to_string(classes) + " classes");
  expectWhole("a label", targets, labels, classes - 1);
  expectWhole("the number of frames", lengths, 1, time);
  expectWhole("the number of labels", targetLengths, 1, labels);
  return {
      .time = time,
      .batch = batch,
      .classes = classes,
      .labels = labels,
      .blank = blank,
      .width = (labels + LANES) / LANES * LANES + 2,
      .logits = logits.data,
      .targets = targets.data,
      .lengths = lengths.data,
      .targetLengths = targetLengths.data,
  };
}

/** The elements that α has for `frames` frames of all rows. */
static Size alphasSize(const Ctc& c, Size frames) { return times(times(c.batch, frames), 2 * c.width); }

static void run(Device& device, const Ctc& c, void (*pass)(const Ctc&, Size, Size)) {
  const Size work = times(times(c.time, c.batch), c.classes + 3 * c.labels);
  runOnThreads(device, work >= MIN_WORK, [&](const Thread& thread) {
    const Share rows = shareOf(thread, c.batch, 1);
    pass(c, rows.begin, rows.end);
  });
}

/** Returns y; and in training, as what is saved, α of all frames, and the totals of all frames. */
void ctcForward(Device& device) {
  Ctc c = ctcOf(device);
  const bool training = device.flag(TRAINING);
  NewArray losses(device.memory, c.batch);
  std::optional<NewArray> alphas, totals;
  Scratch scratch(device.memory.pool, times(c.batch, CTC_ROW_SCRATCH * c.width));
  Scratch turns(device.memory.pool, training ? 0 : alphasSize(c, 2));
  c.alphas = turns;
  if (training) {
    c.alphas = alphas.emplace(device.memory, alphasSize(c, c.time + 1)).data();
    c.totals = totals.emplace(device.memory, 2 * c.time * c.batch).data();
  }
  c.scratch = scratch;
  c.losses = losses.data();
  run(device, c, device.kernels->ctcForward);
  device.give(SAVED, alphas);
  device.give(TOTALS, totals);
  device.give(Y, losses);
}

/** Returns dx from dy, the gradient of the losses. */
void ctcBackward(Device& device) {
  Ctc c = ctcOf(device);
  c.alphas = device.tensor(SAVED, "the forward variables", alphasSize(c, c.time + 1)).data;
  c.totals = device.tensor(TOTALS, "the totals", 2 * c.time * c.batch).data;
  c.dLosses = device.tensor(D_Y, "the gradient of the losses", c.batch).data;
  NewArray dLogits(device.memory, c.time * c.batch * c.classes);
  Scratch scratch(device.memory.pool, times(c.batch, CTC_ROW_SCRATCH * c.width));
  c.scratch = scratch;
  c.dLogits = dLogits.data();
  run(device, c, device.kernels->ctcBackward);
  device.give(D_X, dLogits);
}

}  // namespace recurra
