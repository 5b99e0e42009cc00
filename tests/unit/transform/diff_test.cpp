// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/diff.h"

#include "pith/transform/convert.h"
#include "pith/transform/edit.h"
#include "pith/transform/make_split.h"
#include "pith/transform/select.h"
#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;
using test::written;

TEST(Diff, of_equal_files_is_nothing) {
  const Opened a(Hospital{}), b(Hospital{}), compressed(Hospital{.compressed = true});
  const ContainerDifference same = *diffContainers(*a, *b);
  EXPECT_TRUE(same.same());
  EXPECT_TRUE(same.sameRoot);
  EXPECT_EQ(same.commonRecords, 40u);
  EXPECT_EQ(same.blocks.at(0).equal, 40u);
  const ContainerDifference packed = *diffContainers(*a, *compressed);
  EXPECT_TRUE(packed.same());
  EXPECT_FALSE(packed.sameRoot);
}

TEST(Diff, tells_narrowing_from_other_values) {
  const Opened exact(Hospital{.type = FeatureType::f32}), narrow(Hospital{.type = FeatureType::i8});
  const ContainerDifference difference = *diffContainers(*exact, *narrow);
  EXPECT_EQ(difference.blocks[0].different, 0u);
  EXPECT_EQ(difference.blocks[0].withinNarrowing + difference.blocks[0].equal, 40u);
  EXPECT_GT(difference.blocks[0].withinNarrowing, 30u);
  EXPECT_EQ(difference.fields.size(), 2u);  // the type of both blocks
  // The same ids with features that another network gave.
  Draft draft = *draftOf(*exact);
  std::swap(draft.rows[0], draft.rows[1]);
  const ContainerDifference swapped = *diffContainers(*exact, *written(draft));
  EXPECT_EQ(swapped.blocks[0].different, 2u);
  EXPECT_FALSE(swapped.same());
}

TEST(Diff, finds_each_kind_of_change) {
  const Opened source(Hospital{});
  const auto differenceOf = [&](auto change) {
    Draft draft = *draftOf(*source);
    change(draft);
    return *diffContainers(*source, *written(draft));
  };
  const ContainerDifference field =
      differenceOf([](Draft& draft) { draft.header.dataset.licence = "CC0-1.0"; });
  ASSERT_EQ(field.fields.size(), 1u);
  EXPECT_EQ(field.fields[0].path, "dataset.licence");
  EXPECT_EQ(field.fields[0].first, "\"CC-BY-4.0\"");
  EXPECT_EQ(field.fields[0].second, "\"CC0-1.0\"");
  const ContainerDifference entry =
      differenceOf([](Draft& draft) { draft.header.encoders[0].training.emplace_back("minimum", "1"); });
  ASSERT_EQ(entry.fields.size(), 1u);
  EXPECT_EQ(entry.fields[0].path, "encoders.large-net.training.minimum");
  const ContainerDifference label = differenceOf([](Draft& draft) { draft.records[3].labels[1] = 1234.0; });
  EXPECT_EQ(label.labels.at(1).different, 1u);
  EXPECT_TRUE(label.fields.empty());
  const ContainerDifference split = differenceOf([](Draft& draft) { draft.records[3].splits[0].reset(); });
  EXPECT_EQ(split.splits.at(0).different, 1u);
  const ContainerDifference document = differenceOf([](Draft& draft) { draft.documents[0].push_back(7); });
  EXPECT_EQ(document.documentsDiffer, (std::vector<std::string>{"documents.0"}));
  const ContainerDifference group = differenceOf([](Draft& draft) {
    for (Record& record : draft.records) record.groups[1] = 0;
  });
  EXPECT_GT(group.groupings.at(1).different, 20u);
  EXPECT_EQ(group.groupings.at(0).different, 0u);
  const ContainerDifference fewer = *diffContainers(*source, *written(selectRecords(*source, {0, 1, 2})));
  EXPECT_EQ(fewer.onlyInFirst, 37u);
  EXPECT_EQ(fewer.commonRecords, 3u);
  EXPECT_EQ(fewer.groupings.at(0).different, 0u);  // other numbers, the same groups
  for (const auto& difference : {field, entry, label, split, document, group, fewer})
    EXPECT_FALSE(difference.same());
}

TEST(Diff, compares_categories_by_text) {
  const Opened source(Hospital{});
  Draft draft = *draftOf(*source);
  std::swap(draft.header.labelColumns[0].categories[0], draft.header.labelColumns[0].categories[1]);
  for (Record& record : draft.records) {
    if (auto* index = std::get_if<uint32_t>(&record.labels[0])) *index = 1 - *index;
  }
  const ContainerDifference difference = *diffContainers(*source, *written(draft));
  EXPECT_EQ(difference.labels.at(0).different, 0u);
  EXPECT_EQ(difference.fields.size(), 1u);
}

}  // namespace
}  // namespace pith
