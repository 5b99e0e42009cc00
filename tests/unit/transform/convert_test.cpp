// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/convert.h"

#include <limits>

#include "pith/transform/error_bounds.h"
#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;
using test::written;

constexpr FeatureType allTypes[] = {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8,
                                    FeatureType::i4};

TEST(Convert, gives_the_file_that_the_writer_would_have_written) {
  const Opened exact(Hospital{.type = FeatureType::f32});
  for (const FeatureType type : allTypes) {
    const Opened direct(Hospital{.type = type});
    EXPECT_EQ(written(convertContainer(*exact, type)).bytes(), direct.bytes()) << nameOf(type);
  }
}

TEST(Convert, there_and_back_changes_nothing) {
  for (const FeatureType type : {FeatureType::f16, FeatureType::bf16}) {
    const Opened source(Hospital{.type = type});
    const Opened wide = written(convertContainer(*source, FeatureType::f32));
    EXPECT_EQ(written(convertContainer(*wide, type)).bytes(), source.bytes());
  }
}

TEST(Convert, states_errors_that_hold_after_several_conversions) {
  const Opened exact(Hospital{.type = FeatureType::f32});
  for (const FeatureType first : allTypes) {
    for (const FeatureType second : allTypes) {
      const Opened once = written(convertContainer(*exact, first));
      const Opened twice = written(convertContainer(*once, second));
      test::expectErrorsHold(*twice, *exact);
      EXPECT_GE(twice->header().features[0].narrowing.maxAbsolute,
                once->header().features[0].narrowing.maxAbsolute);
    }
  }
}

TEST(Convert, keeps_a_relative_error_that_has_no_bound) {
  // As selecting leaves it where the records that are kept are smaller than their errors may be.
  const Opened source(Hospital{.type = FeatureType::i8});
  Draft draft = *draftOf(*source);
  draft.header.features[0].narrowing.relativeL2 = std::numeric_limits<double>::infinity();
  const Opened unbounded = written(draft);
  for (const FeatureType type : allTypes) {
    const Opened converted = written(convertContainer(*unbounded, type));
    EXPECT_TRUE(std::isinf(converted->header().features[0].narrowing.relativeL2)) << nameOf(type);
  }
}

TEST(Convert, keeps_everything_else) {
  const Opened source(Hospital{});
  const Opened converted = written(convertContainer(*source, FeatureType::i8));
  EXPECT_EQ(converted->header().heads[0].score->value, 0.9);
  EXPECT_TRUE(converted->header().savings.has_value());
  EXPECT_EQ(*converted->document(0), *source->document(0));
  for (size_t row = 0; row < source->recordCount(); ++row)
    EXPECT_EQ(converted->record(row).labels, source->record(row).labels);
}

TEST(Convert, refuses_what_the_type_cannot_hold) {
  Hospital hospital{.type = FeatureType::f32};
  ContainerWriter writer(test::hospitalHeader(hospital));
  Record record;
  record.groups = {0u, 0u};
  record.splits = {uint8_t{0}};
  record.labels.resize(6);
  const std::vector<float> large(5, 1e6f), small(3, 2.0f);
  const std::span<const float> features[] = {large, small};
  ASSERT_TRUE(writer.add(record, features).ok());
  const Opened source(*writer.toBytes({}));
  const Result<Draft> draft = convertContainer(*source, FeatureType::f16);
  const Status status = writeDraft(*draft, {}, [](ByteView) { return Status(); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::featureOutOfRange);
}

TEST(ErrorBounds, of_joined_blocks_is_between_the_parts) {
  const NarrowedPart parts[] = {{{0.5, 0.3, 0.01}, 100}, {{0.2, 0.1, 0.03}, 300}};
  const NarrowingError joined = boundOfJoined(parts);
  EXPECT_EQ(joined.maxAbsolute, 0.5);
  EXPECT_EQ(joined.relativeL2, 0.03);
  // sqrt((100 * 0.09 + 300 * 0.01) / 400)
  EXPECT_NEAR(joined.rootMeanSquare, 0.17320508, 1e-8);
}

TEST(ErrorBounds, of_a_selection_never_promises_too_much) {
  // All of the error in one value of a hundred: rms 0.05 * sqrt(1 / 100) over all.
  const NarrowingError whole{0.05, 0.005, 0.001};
  const NarrowingError one = boundOfSelection(whole, 100, 1, 2.0);
  EXPECT_EQ(one.maxAbsolute, 0.05);
  EXPECT_NEAR(one.rootMeanSquare, 0.05, 1e-15);
  EXPECT_NEAR(one.relativeL2, 0.05 / 1.95, 1e-15);
  EXPECT_TRUE(std::isinf(boundOfSelection(whole, 100, 1, 0.01).relativeL2));
  EXPECT_EQ(boundOfSelection(whole, 100, 100, 0).relativeL2, 0.001);
}

}  // namespace
}  // namespace pith
