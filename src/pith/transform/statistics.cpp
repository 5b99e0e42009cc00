// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/statistics.h"

#include <algorithm>

#include "pith/container/narrow.h"

namespace pith {
namespace {

Spread spreadOf(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const size_t half = sorted.size() / 2;
  const double upper = sorted[half], lower = sorted[(sorted.size() - 1) / 2];
  return {sorted.front(), (lower + upper) / 2, sorted.back()};
}

Result<std::vector<float>> momentsOf(const Container& container, size_t block) {
  const std::span<const float> stored = container.moments(block);
  if (!stored.empty()) return std::vector<float>(stored.begin(), stored.end());
  format::MomentsMeter meter;
  std::vector<float> row(container.featureCount(block));
  for (size_t i = 0; i < container.recordCount(); ++i) {
    PITH_RETURN_IF_ERROR(container.readFeatures(block, i, row));
    meter.add(row);
  }
  return meter.result();
}

}  // namespace

Result<BlockStatistics> blockStatistics(const Container& container, size_t block) {
  PITH_ASSIGN_OR_RETURN(const std::vector<float> moments, momentsOf(container, block));
  const size_t count = container.featureCount(block);
  const std::span<const float> all(moments);
  const auto rowOf = [&](size_t i) { return all.subspan(i * count, count); };
  BlockStatistics statistics;
  statistics.mean = spreadOf(rowOf(0));
  statistics.standardDeviation = spreadOf(rowOf(1));
  statistics.minimum = static_cast<double>(*std::ranges::min_element(rowOf(2)));
  statistics.maximum = static_cast<double>(*std::ranges::max_element(rowOf(3)));
  for (size_t d = 0; d < count; ++d) statistics.constantDimensions += rowOf(2)[d] == rowOf(3)[d] ? 1 : 0;
  statistics.duplicates = container.header().features[block].duplicateCount;
  return statistics;
}

std::optional<double> meanOf(const Container& container, size_t column) {
  double sum = 0;
  uint64_t count = 0;
  for (size_t row = 0; row < container.recordCount(); ++row) {
    const LabelValue label = container.label(column, row);
    const auto* const number = std::get_if<double>(&label);
    if (!number) continue;
    sum += *number;
    ++count;
  }
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

SavingsFigures savingsFigures(const Container& container, uint64_t fileBytes) {
  SavingsFigures figures;
  uint64_t featureBytes = 0;
  for (const SectionInfo& section : container.sections()) {
    if (section.name.starts_with("features/")) featureBytes += section.lengthBytes;
  }
  figures.bytesWithoutFeatures = static_cast<double>(fileBytes - std::min(featureBytes, fileBytes));
  if (!container.header().savings) return figures;
  const Savings& savings = *container.header().savings;
  const double count = static_cast<double>(savings.originalCount),
               originals = static_cast<double>(savings.originalBytes);
  if (count > 0 && originals > 0) {
    figures.bytesOfOriginal = originals / count;
    figures.bytesOfFeatures = static_cast<double>(featureBytes) / count;
    figures.savedBytes = originals - static_cast<double>(featureBytes) - figures.bytesWithoutFeatures;
    figures.timesSmaller = originals / static_cast<double>(fileBytes);
  }
  const double encoding = savings.encodingSeconds, loading = savings.loadingSeconds,
               head = savings.headSeconds;
  const double epochs = savings.epochs;
  if (encoding > 0 && loading > 0 && epochs > 0)
    figures.savedSeconds = (encoding - loading) * epochs - encoding;
  if (encoding > 0 && loading > 0 && head > 0) figures.benefitRatio = (head + loading) / (encoding + head);
  if (encoding > 0 && loading > 0 && head > 0 && epochs > 0) {
    figures.totalBenefitRatio =
        ((head + loading) * (epochs - 1) + (encoding + head)) / ((encoding + head) * epochs);
  }
  return figures;
}

}  // namespace pith
