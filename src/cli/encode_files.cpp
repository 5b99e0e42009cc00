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
#include "pith/container/narrow.h"
#include "pith/image/decode.h"

namespace pith::cli {
namespace {

/// The work that all threads share: a counter that hands out files, and a place for each result.
class Queue {
 public:
  Queue(const std::vector<FoundFile>& files, size_t jobs, FeatureType type, RowStore& store)
      : files_(files), results_(files.size()), type_(type), store_(store), running_(jobs) {}

  void work(EncoderSet& encoders) {
    while (!stopped_ && interruptSignal() == 0) {
      const size_t index = next_++;
      if (index >= files_.size()) break;
      EncodedFile& result = results_[index];
      if (const Status encoded = encode(encoders, files_[index], result); !encoded) {
        result.refusal = encoded.error();
        ++refused_;
      }
      ++done_;
    }
  }

  /// Ends everything.
  void fail(Failure failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_.emplace(std::move(failure));
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
    if (failure_) throw Failure(*failure_);
    return std::move(results_);
  }

 private:
  /// Types with a scale are fitted to all records together and hold them.
  Status checkRange(std::span<const float> block) const {
    if (type_ != FeatureType::f16 && type_ != FeatureType::bf16) return {};
    std::vector<uint8_t> stored(2 * block.size());
    return format::narrowRow(type_, block, {}, stored);
  }

  static Result<Image> read(const FoundFile& file) {
    PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, readFile(file.path, maxImageFileBytes));
    return decodeImage(bytes);
  }

  Status encode(EncoderSet& encoders, const FoundFile& file, EncodedFile& result) try {
    PITH_ASSIGN_OR_RETURN(const Image image, read(file));
    PITH_ASSIGN_OR_RETURN(const std::vector<std::vector<float>> blocks, encoders.extract(image));
    std::vector<float> joined;
    for (const std::vector<float>& block : blocks) {
      PITH_RETURN_IF_ERROR(checkRange(block));
      joined.insert(joined.end(), block.begin(), block.end());
    }
    result.isFaint = isFaint(image);
    result.row = keep(joined);
    return {};
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "the memory did not suffice for this file"};
  }

  size_t keep(std::span<const float> features) {
    const std::lock_guard lock(storeMutex_);
    if (const Status kept = store_.append(features); !kept)
      fail(Failure(ExitCode::failure, "Features could not be kept until all are there", kept.error()));
    return rows_++;
  }

  const std::vector<FoundFile>& files_;
  std::vector<EncodedFile> results_;
  FeatureType type_;
  std::mutex storeMutex_;
  RowStore& store_;
  size_t rows_ = 0;  // in the store
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> done_ = 0;
  std::atomic<size_t> refused_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_;
  std::optional<Failure> failure_;
};

Failure couldNotStart(Error error) {
  return {ExitCode::failure, "A job could not start", std::move(error), "Try again with fewer --jobs."};
}

void runJob(Queue& queue, std::optional<EncoderSet> encoders,
            const std::function<Result<EncoderSet>()>& load) {
  if (!encoders) {
    Result<EncoderSet> loaded = load();
    if (loaded) {
      encoders.emplace(std::move(*loaded));
    } else {
      queue.fail(couldNotStart(loaded.error()));
    }
  }
  if (encoders) queue.work(*encoders);
  queue.leave();
}

}  // namespace

std::vector<EncodedFile> encodeFiles(const std::vector<FoundFile>& files, EncoderSet first,
                                     const std::function<Result<EncoderSet>()>& load, size_t jobs, FeatureType type,
                                     RowStore& store, Progress& progress) {
  Queue queue(files, jobs, type, store);
  {
    std::vector<std::jthread> threads;
    for (size_t job = 0; job < jobs; ++job) {
      std::optional<EncoderSet> encoders;
      if (job == 0) encoders.emplace(std::move(first));
      try {
        threads.emplace_back(
            [&, mine = std::move(encoders)]() mutable { runJob(queue, std::move(mine), load); });
      } catch (const std::system_error&) {
        queue.fail(couldNotStart({ErrorCode::outOfMemory, "the system gave no more threads"}));
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
