#include "threads.h"

namespace recurra {

/** Rounds of a loop before a thread sleeps, or lets another one run: about 20 µs. */
constexpr int SPINS = 2000;

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

ThreadPool::ThreadPool(int threads) {
  for (int index = 1; index < threads; index++) workers_.emplace_back([this, index] { serve(index); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    runs_++;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(const std::function<void(int)>& work) {
  if (workers_.empty()) {
    work(0);
    return;
  }
  work_ = &work;
  runs_++;
  if (sleeping_ > 0) {
    // With the lock, so that a worker that is about to sleep does not miss it.
    std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  work(0);
  barrier();
}

void ThreadPool::serve(int index) {
  for (unsigned seen = 0;;) {
    for (int spin = 0; spin < SPINS && runs_ == seen; spin++) relax();
    if (runs_ == seen) {
      std::unique_lock lock(mutex_);
      sleeping_++;
      wake_.wait(lock, [&] { return runs_ != seen; });
      sleeping_--;
    }
    seen++;
    if (stopping_) return;
    (*work_)(index);
    barrier();
  }
}

void ThreadPool::barrier() {
  const unsigned pass = passed_;
  if (++arrived_ == size()) {
    arrived_ = 0;
    passed_++;
    return;
  }
  for (int spin = 0; passed_ == pass; spin++) {
    if (spin < SPINS) relax();
    else std::this_thread::yield();
  }
}

}  // namespace recurra
