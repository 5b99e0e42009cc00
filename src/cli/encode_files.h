// SPDX-License-Identifier: Apache-2.0
/// @file Many files through one network: N threads, each with an extractor of its own.
#pragma once

#include <optional>
#include <vector>

#include "files.h"
#include "pith/extract/extractor.h"
#include "progress.h"

namespace pith::cli {

/// What became of one file: features, or the reason why there are none.
struct EncodedFile {
  std::vector<float> features;
  std::optional<Error> refusal;
};

/// The largest file that is read; real images stay far below.
inline constexpr uint64_t maxImageFileBytes = uint64_t{1} << 30;

/// One result for each file, in the order of `files`: the same for every number of jobs. A job holds one file
/// at a time.
/// @param first  the extractor of the first job; the others load their own from `modelFile`
/// @throws Failure where an extractor cannot be loaded, and after an interrupt
std::vector<EncodedFile> encodeFiles(const std::vector<FoundFile>& files, Extractor first, ByteView modelFile,
                                     const ExtractorOptions& options, size_t jobs, Progress& progress);

}  // namespace pith::cli
