// SPDX-License-Identifier: Apache-2.0
/// @file Many files through one network: N threads, each with encoders of its own.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "files.h"
#include "pith/container/writer.h"
#include "pith/extract/encoder_set.h"
#include "progress.h"

namespace pith::cli {

/// What became of one file: the place of its features in the store, or the reason why there are none.
struct EncodedFile {
  size_t row = 0;
  bool isFaint = false;  // image/image.h
  std::optional<Error> refusal;
};

/// The largest file that is read; real images stay far below.
inline constexpr uint64_t maxImageFileBytes = uint64_t{1} << 30;

/// One result for each file, in the order of `files`: the same for every number of jobs. A job holds one file
/// at a time.
/// @param first  the encoders of the first job
/// @param load   makes those of the others, each in its own thread
/// @param type   how features will be stored: a file with numbers that it cannot hold is refused now, so that the others are not lost
///               with it in the end
/// @param store  takes the features of all blocks, one after another, in the order in which files are done
/// @throws Failure where encoders cannot be loaded or the store takes no more, and after an interrupt
std::vector<EncodedFile> encodeFiles(const std::vector<FoundFile>& files, EncoderSet first,
                                     const std::function<Result<EncoderSet>()>& load, size_t jobs, FeatureType type,
                                     RowStore& store, Progress& progress);

}  // namespace pith::cli
