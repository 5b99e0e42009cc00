// SPDX-License-Identifier: Apache-2.0
// A container that opens can be taken apart and put together: whatever is made from it opens and verifies, or is refused with
// a reason. Each input is tried as it is and with its hashes put right (repaired.h).
#include <cstdlib>

#include "fuzz/repaired.h"
#include "pith/container/compress.h"
#include "pith/transform/convert.h"
#include "pith/transform/diff.h"
#include "pith/transform/make_split.h"
#include "pith/transform/merge.h"
#include "pith/transform/select.h"
#include "pith/transform/statistics.h"

namespace {

using namespace pith;

/// The draft's file, or nothing where it is refused.
std::optional<std::vector<uint8_t>> bytesOf(const Result<Draft>& draft, bool compressed) {
  if (!draft) {
    if (draft.error().detail.empty()) std::abort();
    return std::nullopt;
  }
  DraftOptions options;
  if (compressed) options.compress = zstdCompressor(1);
  std::vector<uint8_t> bytes;
  const Status status = writeDraft(*draft, options, [&](ByteView piece) -> Status {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  });
  if (!status && status.error().detail.empty()) std::abort();
  return status ? std::optional(std::move(bytes)) : std::nullopt;
}

/// What is made from a whole container is whole.
std::optional<Container> check(const std::optional<std::vector<uint8_t>>& bytes, bool sourceIsWhole) {
  if (!bytes) return std::nullopt;
  Result<Container> container = Container::open(*bytes);
  if (!container) std::abort();
  if (sourceIsWhole && !container->verify()) std::abort();
  return std::move(*container);
}

void mergeHalves(const Container& source, bool whole) {
  std::vector<uint32_t> even, odd;
  for (uint32_t row = 0; row < source.recordCount(); ++row) (row % 2 == 0 ? even : odd).push_back(row);
  const auto evenBytes = bytesOf(selectRecords(source, even), false), oddBytes = bytesOf(selectRecords(source, odd), true);
  const auto first = check(evenBytes, whole), second = check(oddBytes, whole);
  if (!first || !second) return;
  const Container* const both[] = {&*first, &*second};
  const auto merged = bytesOf(mergeContainers(both, {.dataset = {}, .type = {}, .trustUnknownModels = true}), false);
  check(merged, whole);
}

void transform(ByteView file) {
  const Result<Container> opened = Container::open(file);
  if (!opened) return;
  const Container& source = *opened;
  const bool whole = source.verify().ok();
  check(bytesOf(draftOf(source), whole), whole);
  for (const FeatureType type : {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    check(bytesOf(convertContainer(source, type), false), whole);
  }
  mergeHalves(source, whole);
  Result<Draft> split = draftOf(source);
  if (split) {
    const std::optional<uint32_t> grouping =
        source.header().groupings.empty() ? std::nullopt : std::optional<uint32_t>(0);
    SplitRequest request{.name = "drawn", .parts = *makeFolds(2), .grouping = grouping, .stratifyBy = {}, .seed = 1};
    if (!source.header().labelColumns.empty()) request.stratifyBy = 0;
    if (addSplit(*split, request)) check(bytesOf(split, false), whole);
  }
  const Result<ContainerDifference> difference = diffContainers(source, source);
  if (difference && whole && !difference->same()) std::abort();
  for (size_t block = 0; block < source.header().features.size(); ++block) {
    static_cast<void>(blockStatistics(source, block));
  }
  static_cast<void>(savingsFigures(source, file.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  transform({data, size});
  const std::vector<uint8_t> file = fuzz::repaired(data, size);
  transform(file);
  return 0;
}
