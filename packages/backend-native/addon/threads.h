/* A pool of threads that run a kernel together. A thread waits for work in a loop for a short time, and then sleeps. */
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace recurra {

class ThreadPool {
 public:
  /** @param threads with the one that calls `run` */
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ~ThreadPool();

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /** Calls work(0) here and work(1), work(2), … on the other threads; returns when all have returned. */
  void run(const std::function<void(int)>& work);

  /** Waits until every thread of the pool has called it. To be called only in `run`. */
  void barrier();

 private:
  void serve(int index);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  const std::function<void(int)>* work_ = nullptr;
  /** The number of calls of `run`, by which the workers see that there is work. */
  std::atomic<unsigned> runs_{0};
  std::atomic<int> sleeping_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int> arrived_{0};
  std::atomic<unsigned> passed_{0};
};

}  // namespace recurra
