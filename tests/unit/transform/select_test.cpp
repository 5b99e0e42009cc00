// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/select.h"

#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;
using test::written;

std::vector<uint32_t> rowsWith(const Container& container, const char* text) {
  RecordFilter filter;
  filter.labels = {*parseLabelCondition(text, container.header())};
  return *findRecords(container, filter);
}

TEST(Draft, of_everything_gives_the_same_bytes) {
  for (const FeatureType type :
       {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    for (const bool compressed : {false, true}) {
      const Opened source(Hospital{.records = 60, .type = type, .compressed = compressed});
      EXPECT_EQ(written(*draftOf(*source), compressed).bytes(), source.bytes()) << nameOf(type);
    }
  }
}

TEST(Select, copies_stored_rows_bit_for_bit_and_keeps_ids) {
  for (const FeatureType type :
       {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    const Opened source(Hospital{.records = 60, .type = type});
    const std::vector<uint32_t> rows = rowsWith(*source, "finding=pneumonia");
    ASSERT_GT(rows.size(), 5u);
    const Opened selected = written(selectRecords(*source, rows));
    ASSERT_EQ(selected->recordCount(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(selected->id(i), source->id(rows[i]));
      for (size_t block = 0; block < 2; ++block) {
        EXPECT_TRUE(std::ranges::equal(*selected->storedRow(block, i), *source->storedRow(block, rows[i])));
      }
      for (size_t k = 0; k < 6; ++k) EXPECT_EQ(selected->label(k, i), source->label(k, rows[i]));
      EXPECT_EQ(selected->part(0, i), source->part(0, rows[i]));
    }
    EXPECT_TRUE(std::ranges::equal(selected->scale(0), source->scale(0)));
  }
}

TEST(Select, states_errors_that_hold) {
  for (const FeatureType type : {FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    const Opened exact(Hospital{.records = 60, .type = FeatureType::f32});
    const Opened source(Hospital{.records = 60, .type = type});
    for (uint32_t row = 0; row < 60; ++row)
      test::expectErrorsHold(*written(selectRecords(*source, {row})), *exact);
    test::expectErrorsHold(*written(selectRecords(*source, rowsWith(*source, "age<30"))), *exact);
  }
}

TEST(Select, drops_what_was_true_of_all_the_records_and_says_so) {
  const Opened source(Hospital{});
  const Result<Draft> draft = selectRecords(*source, {0, 1, 2});
  const Opened selected = written(draft);
  EXPECT_FALSE(selected->header().savings.has_value());
  ASSERT_EQ(selected->header().heads.size(), 1u);
  EXPECT_FALSE(selected->header().heads[0].score.has_value());
  EXPECT_GE(draft->notes.size(), 2u);
  EXPECT_EQ(selected->header().dataset.title, "North films");
  EXPECT_TRUE(std::ranges::equal(selected->probe(0), source->probe(0)));
}

TEST(Select, puts_references_right_where_columns_and_blocks_go) {
  const Opened source(Hospital{});
  const std::vector<uint32_t> all = rowsWith(*source, "findings!=missing");
  ASSERT_EQ(all.size(), source->recordCount());
  const Opened columns = written(selectRecords(*source, all, {.columns = std::vector<uint32_t>{2, 0}}));
  ASSERT_EQ(columns->header().labelColumns.size(), 2u);
  EXPECT_EQ(columns->header().labelColumns[0].name, "remark");
  EXPECT_EQ(columns->header().heads[0].label, 1u);
  EXPECT_TRUE(columns->header().heads[0].score.has_value());
  EXPECT_EQ(columns->header().notKnown, (std::vector<std::string>{"dataset.source", "labels.0.description"}));
  const Opened blocks = written(selectRecords(*source, all, {.blocks = std::vector<uint32_t>{1}}));
  ASSERT_EQ(blocks->header().encoders.size(), 1u);
  EXPECT_EQ(blocks->header().encoders[0].info.name, "small-net");
  EXPECT_EQ(blocks->featureCount(0), 3u);
  EXPECT_TRUE(blocks->header().heads.empty());
  EXPECT_TRUE(blocks->probe(0).empty());
}

TEST(Select, turns_views_without_their_origin_into_records) {
  const Opened source(Hospital{});
  std::vector<uint32_t> views, origins;
  for (uint32_t row = 0; row < source->recordCount(); ++row) {
    if (!source->record(row).view) continue;
    views.push_back(row);
    origins.push_back(static_cast<uint32_t>(source->record(row).view->parent));
  }
  ASSERT_GE(views.size(), 3u);
  const Opened alone = written(selectRecords(*source, views));
  EXPECT_TRUE(alone->header().transforms.empty());
  std::vector<uint32_t> both = views;
  both.insert(both.end(), origins.begin(), origins.end());
  std::ranges::sort(both);
  const Opened together = written(selectRecords(*source, both));
  size_t found = 0;
  for (size_t row = 0; row < together->recordCount(); ++row) {
    const Record record = together->record(row);
    if (!record.view) continue;
    ++found;
    const size_t before = *test::rowOf(*source, record.id);
    EXPECT_EQ(together->id(record.view->parent), source->id(source->record(before).view->parent));
  }
  EXPECT_EQ(found, views.size());
}

TEST(Select, samples_by_the_seed_alone) {
  const Opened source(Hospital{.records = 200});
  const auto sample = [&](size_t count, uint64_t seed) {
    RecordFilter filter;
    filter.sample = count;
    filter.sampleSeed = seed;
    return *findRecords(*source, filter);
  };
  EXPECT_EQ(sample(50, 1).size(), 50u);
  EXPECT_EQ(sample(50, 1), sample(50, 1));
  EXPECT_NE(sample(50, 1), sample(50, 2));
  EXPECT_EQ(sample(1000, 1).size(), 200u);
  // Fewer are part of more, and of a smaller file.
  EXPECT_TRUE(std::ranges::includes(sample(50, 1), sample(20, 1)));
}

TEST(Select, finds_ids_and_refuses_unknown_ones) {
  const Opened source(Hospital{});
  RecordFilter filter;
  filter.ids = std::vector<RecordId>{source->id(7), source->id(3), source->id(7)};
  EXPECT_EQ(*findRecords(*source, filter), (std::vector<uint32_t>{3, 7}));
  filter.ids->push_back({});
  EXPECT_EQ(findRecords(*source, filter).error().code, ErrorCode::invalidArgument);
  EXPECT_EQ(selectRecords(*source, {}).error().code, ErrorCode::emptyContainer);
}

TEST(Select, leaves_unknown_sections_behind_with_a_note) {
  Hospital hospital;
  ContainerWriter writer(test::hospitalHeader(hospital));
  Record record;
  record.groups = {0u, 0u};
  record.splits = {uint8_t{0}};
  record.labels.resize(6);
  const std::vector<float> large(5, 1.0f), small(3, 2.0f);
  const std::span<const float> features[] = {large, small};
  ASSERT_TRUE(writer.add(record, features).ok());
  record.labels[1] = 4.0;
  ASSERT_TRUE(writer.add(record, features).ok());
  SectionInfo section;
  section.name = "later/thing";
  section.type = ElementType::u8;
  section.shape = {3};
  ASSERT_TRUE(writer.addSection(section, {1, 2, 3}).ok());
  const Opened source(*writer.toBytes({}));
  const Opened kept = written(draftOf(*source));
  EXPECT_EQ(kept.bytes(), source.bytes());
  const Result<Draft> selected = selectRecords(*source, {0});
  EXPECT_TRUE(std::ranges::any_of(selected->notes,
                                  [](const auto& note) { return note.find("later/thing") != note.npos; }));
  EXPECT_EQ(written(selected)->sections().back().name.find("later"), std::string::npos);
}

}  // namespace
}  // namespace pith
