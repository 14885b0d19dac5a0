#include "device.h"
#include "threads.h"

namespace recurra {

Device::Device(const Kernels& kernels, int threads, bool sharesAll)
    : kernels(&kernels), pool(std::make_unique<ThreadPool>(threads)), sharesAll(sharesAll) {}

Device::~Device() {
  if (open) close();
}

void Device::close() {
  open = false;
  pool.reset();
  for (float* workspace : workspaces) memory.pool.release(workspace, kernels->workspaceSize());
  workspaces.clear();
  memory.clear();
}

int Device::threads() const { return pool->size(); }

Int8Weights Device::int8Weights(Field field, const char* what, Size rows, Size columns) {
  const Handle handle = this->handle(field);
  const Array& array = memory.get(handle);
  if (!array.int8) fail(FailureKind::data, std::string(what) + " must be int8 weights, not floats");
  const auto text = [](Size rows, Size columns) { return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]"; };
  if (array.rows != rows || array.columns != columns)
    fail(FailureKind::shape, std::string(what) + " is " + text(array.rows, array.columns) + "; expected " + text(rows, columns));
  return {handle, array.data, array.data + int8Offset(rows, columns)};
}

void Device::freeAllListed() {
  // A handle is taken off the list first, so that a wrong one fails only once.
  for (Handle& count = shared->freed[0]; count > 0;) {
    if (count > MAX_LISTED) count = MAX_LISTED;
    memory.free(shared->freed[count--]);
  }
  shared->freed[0] = 0;
}

void runOnThreads(Device& device, bool worthSharing, void (*work)(const void* data, const Thread& thread), const void* data) {
  ThreadPool* pool = device.pool.get();
  const int count = worthSharing || device.sharesAll ? pool->size() : 1;
  while (static_cast<int>(device.workspaces.size()) < count)
    device.workspaces.push_back(device.memory.pool.allocate(device.kernels->workspaceSize()));
  const auto barrier = [](void* pool) { static_cast<ThreadPool*>(pool)->barrier(); };
  const auto one = [&](int index) { work(data, {index, count, barrier, pool, device.workspaces[index]}); };
  if (count == 1) one(0);
  else pool->run(one);
}

}  // namespace recurra
