/*
 * Connectionist temporal classification: logits [time, batch, classes], targets [batch, labels], lengths and target lengths [batch], and
 * the losses [batch].
 */
#include "operations.h"

namespace recurra {

/** Exponentials, below which waking the threads takes longer than it saves. */
constexpr Size MIN_WORK = 100'000;
/** The size of a half of α and β is a multiple of this, the widest vector, besides the elements before and after it. */
constexpr Size LANES = 16;

static Ctc checked(Tensor logits, Tensor targets, Tensor lengths, Tensor targetLengths, Size time, Size batch, Size classes, Size labels,
                   Size blank) {
  expectSize("the logits", logits, times(time, times(batch, classes)));
  expectSize("the targets", targets, times(batch, labels));
  expectSize("the lengths", lengths, batch);
  expectSize("the numbers of labels", targetLengths, batch);
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

/** Returns the losses; shared 0 and 1: for training, α and the totals of all frames. */
Handle ctcForward(Device& device, Tensor logits, Tensor targets, Tensor lengths, Tensor targetLengths, Size time, Size batch,
                  Size classes, Size labels, Size blank, bool training) {
  Ctc c = checked(logits, targets, lengths, targetLengths, time, batch, classes, labels, blank);
  NewArray losses(device.memory, batch);
  std::optional<NewArray> alphas, totals;
  Scratch scratch(device.memory.pool, times(batch, CTC_ROW_SCRATCH * c.width));
  Scratch turns(device.memory.pool, training ? 0 : alphasSize(c, 2));
  c.alphas = turns;
  if (training) {
    c.alphas = alphas.emplace(device.memory, alphasSize(c, time + 1)).data();
    c.totals = totals.emplace(device.memory, 2 * time * batch).data();
  }
  c.scratch = scratch;
  c.losses = losses.data();
  run(device, c, device.kernels->ctcForward);
  giveShared(device, 0, alphas);
  giveShared(device, 1, totals);
  return losses.give();
}

/** Returns the gradient of the logits. */
Handle ctcBackward(Device& device, Tensor logits, Tensor targets, Tensor lengths, Tensor targetLengths, Tensor alphas, Tensor totals,
                   Tensor dLosses, Size time, Size batch, Size classes, Size labels, Size blank) {
  Ctc c = checked(logits, targets, lengths, targetLengths, time, batch, classes, labels, blank);
  expectSize("the forward variables", alphas, alphasSize(c, time + 1));
  expectSize("the totals", totals, 2 * time * batch);
  expectSize("the gradient of the losses", dLosses, batch);
  NewArray dLogits(device.memory, logits.size);
  Scratch scratch(device.memory.pool, times(batch, CTC_ROW_SCRATCH * c.width));
  c.alphas = alphas.data;
  c.totals = totals.data;
  c.scratch = scratch;
  c.dLosses = dLosses.data;
  c.dLogits = dLogits.data();
  run(device, c, device.kernels->ctcBackward);
  return dLogits.give();
}

}  // namespace recurra
