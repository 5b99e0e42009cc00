// SPDX-License-Identifier: Apache-2.0
#include "encode_files.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "failure.h"
#include "interrupt.h"

namespace pith::cli {
namespace {

/// The work that all threads share: a counter that hands out files, and a place for each result.
class Queue {
 public:
  Queue(const std::vector<FoundFile>& files, size_t jobs)
      : files_(files), results_(files.size()), running_(jobs) {}

  void work(EncoderSet& encoders) {
    while (!stopped_ && interruptSignal() == 0) {
      const size_t index = next_++;
      if (index >= files_.size()) break;
      results_[index] = encode(encoders, files_[index]);
      if (results_[index].refusal) ++refused_;
      ++done_;
    }
  }

  /// Ends everything: a thread could not start to work.
  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    stopped_ = true;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_one();
  }

  void waitAndShow(Progress& progress) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return running_ == 0; })) {
      progress.update(done_, refused_);
    }
    progress.finish();
  }

  std::vector<EncodedFile> take() {
    if (failure_)
      throw Failure(ExitCode::failure, "A job could not start", *failure_, "Try again with fewer --jobs.");
    return std::move(results_);
  }

 private:
  static EncodedFile encode(EncoderSet& encoders, const FoundFile& file) try {
    Result<std::vector<uint8_t>> bytes = readFile(file.path, maxImageFileBytes);
    if (!bytes) return {{}, bytes.error()};
    Result<std::vector<std::vector<float>>> features = encoders.extract(*bytes);
    if (!features) return {{}, features.error()};
    return {std::move(*features), std::nullopt};
  } catch (const std::bad_alloc&) {
    return {{}, Error{ErrorCode::outOfMemory, "the memory did not suffice for this file"}};
  }

  const std::vector<FoundFile>& files_;
  std::vector<EncodedFile> results_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> done_ = 0;
  std::atomic<size_t> refused_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_;
  std::optional<Error> failure_;
};

void runJob(Queue& queue, std::optional<EncoderSet> encoders,
            const std::function<Result<EncoderSet>()>& load) {
  if (!encoders) {
    Result<EncoderSet> loaded = load();
    if (loaded) {
      encoders.emplace(std::move(*loaded));
    } else {
      queue.fail(loaded.error());
    }
  }
  if (encoders) queue.work(*encoders);
  queue.leave();
}

}  // namespace

std::vector<EncodedFile> encodeFiles(const std::vector<FoundFile>& files, EncoderSet first,
                                     const std::function<Result<EncoderSet>()>& load, size_t jobs,
                                     Progress& progress) {
  Queue queue(files, jobs);
  {
    std::vector<std::jthread> threads;
    for (size_t job = 0; job < jobs; ++job) {
      std::optional<EncoderSet> encoders;
      if (job == 0) encoders.emplace(std::move(first));
      try {
        threads.emplace_back(
            [&, mine = std::move(encoders)]() mutable { runJob(queue, std::move(mine), load); });
      } catch (const std::system_error&) {
        queue.fail({ErrorCode::outOfMemory, "the system gave no more threads"});
        queue.leave();
      }
    }
    queue.waitAndShow(progress);
  }
  if (interruptSignal() != 0) {
    throw Failure(ExitCode::interrupted, "Stopped",
                  {ErrorCode::cancelled, "the run was interrupted; no file was written"});
  }
  return queue.take();
}

}  // namespace pith::cli
