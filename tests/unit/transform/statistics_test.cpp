// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/statistics.h"

#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;

TEST(Statistics, are_those_of_the_values) {
  const Opened source(Hospital{.records = 50});
  const BlockStatistics statistics = *blockStatistics(*source, 0);
  double low = 1e9, high = -1e9;
  std::vector<double> means(5);
  for (size_t row = 0; row < 50; ++row) {
    const std::vector<float> values = *source->features(row, 0);
    for (size_t d = 0; d < 5; ++d) {
      low = std::min(low, static_cast<double>(values[d]));
      high = std::max(high, static_cast<double>(values[d]));
      means[d] += static_cast<double>(values[d]) / 50;
    }
  }
  std::ranges::sort(means);
  EXPECT_EQ(statistics.minimum, low);
  EXPECT_EQ(statistics.maximum, high);
  // Means are rounded to float32 in the file: 2^-24 of values below 16, and as much for the sums here.
  EXPECT_NEAR(statistics.mean.smallest, means[0], 1e-6);
  EXPECT_NEAR(statistics.mean.median, means[2], 1e-6);
  EXPECT_NEAR(statistics.mean.largest, means[4], 1e-6);
  EXPECT_EQ(statistics.constantDimensions, 0u);
}

TEST(Statistics, follow_the_formulas_of_savings) {
  ContainerHeader header = test::hospitalHeader({});
  header.savings = Savings{.originalCount = 40,
                           .originalBytes = 4'000'000,
                           .encodingSeconds = 100,
                           .loadingSeconds = 0.5,
                           .headSeconds = 1.5,
                           .epochs = 30};
  const Opened source(test::hospitalBytes({}, header));
  const SavingsFigures figures = savingsFigures(*source, source.bytes().size());
  EXPECT_EQ(*figures.bytesOfOriginal, 100'000);
  // What was saved is the originals less the whole file, however the file is divided.
  EXPECT_NEAR(*figures.savedBytes, 4e6 - static_cast<double>(source.bytes().size()), 1e-6);
  EXPECT_NEAR(*figures.savedSeconds, (100 - 0.5) * 30 - 100, 1e-9);
  EXPECT_NEAR(*figures.benefitRatio, 2.0 / 101.5, 1e-12);
  EXPECT_NEAR(*figures.totalBenefitRatio, (2.0 * 29 + 101.5) / (101.5 * 30), 1e-12);
}

TEST(Statistics, leave_out_what_was_not_measured) {
  const Opened source(Hospital{});  // has sizes and the encoding time
  const SavingsFigures figures = savingsFigures(*source, source.bytes().size());
  EXPECT_TRUE(figures.savedBytes.has_value());
  EXPECT_FALSE(figures.savedSeconds.has_value());
  EXPECT_FALSE(figures.benefitRatio.has_value());
  EXPECT_FALSE(figures.totalBenefitRatio.has_value());
}

TEST(Statistics, of_numbers_have_a_mean_unless_all_are_missing) {
  const Opened source(Hospital{});
  double sum = 0, count = 0;
  for (size_t row = 0; row < source->recordCount(); ++row) {
    const LabelValue label = source->label(1, row);
    if (const auto* number = std::get_if<double>(&label)) {
      sum += *number;
      count += 1;
    }
  }
  EXPECT_NEAR(*meanOf(*source, 1), sum / count, 1e-9);
  EXPECT_FALSE(meanOf(*source, 0).has_value());
}

}  // namespace
}  // namespace pith
