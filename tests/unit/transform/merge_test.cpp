// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/merge.h"

#include "pith/transform/select.h"
#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;
using test::written;

Result<Draft> merge(const std::vector<const Opened*>& files, const MergeOptions& options = {}) {
  std::vector<const Container*> sources;
  for (const Opened* file : files) sources.push_back(&**file);
  return mergeContainers(sources, options);
}

/// Another hospital whose header is changed first.
template <typename Change>
Opened changed(const Hospital& hospital, Change change) {
  ContainerHeader header = test::hospitalHeader(hospital);
  change(header);
  return Opened(test::hospitalBytes(hospital, header));
}

void expectRefused(const Result<Draft>& draft, const char* word) {
  ASSERT_FALSE(draft.ok()) << word;
  EXPECT_EQ(draft.error().code, ErrorCode::invalidArgument);
  EXPECT_NE(draft.error().detail.find(word), std::string::npos) << draft.error().detail;
}

const Hospital north{"North", 1, 40}, south{"South", 2, 30}, west{"West", 3, 20};

TEST(Merge, of_three_hospitals_holds_every_record_bit_for_bit) {
  for (const FeatureType type : {FeatureType::f32, FeatureType::f16, FeatureType::bf16}) {
    const auto typed = [&](Hospital hospital) {
      hospital.type = type;
      return Opened(hospital);
    };
    const Opened a = typed(north), b = typed(south), c = typed(west);
    const Opened merged = written(merge({&a, &b, &c}));
    ASSERT_EQ(merged->recordCount(), 90u);
    for (const Opened* file : {&a, &b, &c}) {
      // Selecting a file's records out of the merged one gives back what it held.
      RecordFilter filter;
      filter.ids.emplace();
      for (size_t row = 0; row < (*file)->recordCount(); ++row) filter.ids->push_back((*file)->id(row));
      const Opened back = written(selectRecords(*merged, *findRecords(*merged, filter)));
      ASSERT_EQ(back->recordCount(), (*file)->recordCount());
      EXPECT_TRUE(std::ranges::equal(back->storedFeatures(0), (*file)->storedFeatures(0)));
      EXPECT_TRUE(std::ranges::equal(back->storedFeatures(1), (*file)->storedFeatures(1)));
      for (size_t row = 0; row < back->recordCount(); ++row) {
        const Record x = back->record(row), y = (*file)->record(row);
        EXPECT_EQ(x.id, y.id);
        EXPECT_EQ(x.labels, y.labels);
        EXPECT_EQ(x.splits, y.splits);
        EXPECT_EQ(x.groups, y.groups);  // numbered by first appearance again
        EXPECT_EQ(x.view.has_value(), y.view.has_value());
        if (x.view) EXPECT_EQ(x.view->parent, y.view->parent);
      }
    }
  }
}

TEST(Merge, narrows_integers_again_and_states_errors_that_hold) {
  for (const FeatureType type : {FeatureType::i8, FeatureType::i4}) {
    const Opened exactNorth(Hospital{"North", 1, 40, FeatureType::f32}),
        exactSouth(Hospital{"South", 2, 30, FeatureType::f32});
    const Opened a(Hospital{"North", 1, 40, type}), b(Hospital{"South", 2, 30, type});
    const Opened exact = written(merge({&exactNorth, &exactSouth}));
    test::expectErrorsHold(*written(merge({&a, &b})), *exact);
    test::expectErrorsHold(*written(merge({&a, &b}, {.type = FeatureType::f32})), *exact);
    const Opened mixed = written(merge({&a, &exactSouth}, {.type = FeatureType::f16}));
    test::expectErrorsHold(*mixed, *exact);
    expectRefused(merge({&a, &exactSouth}), "--type");
  }
}

TEST(Merge, copies_integers_of_one_scale) {
  const Opened whole(Hospital{"North", 1, 40, FeatureType::i8});
  const Opened first = written(selectRecords(*whole, {0, 2, 5, 6})),
               second = written(selectRecords(*whole, {1, 3, 9}));
  const Opened merged = written(merge({&first, &second}));
  EXPECT_TRUE(std::ranges::equal(*merged->storedRow(0, 0), *whole->storedRow(0, 0)));
  EXPECT_TRUE(std::ranges::equal(*merged->storedRow(1, 6), *whole->storedRow(1, 9)));
}

TEST(Merge, keeps_groups_of_different_files_apart) {
  const Opened a(north), b(south);
  const Opened merged = written(merge({&a, &b}));
  for (size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(merged->header().groupings[k].groupCount,
              a->header().groupings[k].groupCount + b->header().groupings[k].groupCount);
  }
  EXPECT_EQ(merged->header().splits[0].groupsInSeveralParts, 0u);
  EXPECT_EQ(merged->header().splits[0].grouping, 0u);
}

TEST(Merge, joins_columns_by_name_and_categories_by_text) {
  const Opened a(north);
  const Opened b = changed(south, [](ContainerHeader& header) {
    header.labelColumns[0].categories = {"pneumonia", "normal"};
    header.labelColumns[1].name = "age at death";
    header.labelColumns[4].categories = {"nodule", "hernia", "effusion"};
    header.notKnown = {"labels.1.description"};
  });
  const Opened merged = written(merge({&a, &b}));
  const auto& columns = merged->header().labelColumns;
  ASSERT_EQ(columns.size(), 7u);
  EXPECT_EQ(columns[0].categories, (std::vector<std::string>{"normal", "pneumonia"}));
  EXPECT_EQ(columns[4].categories, (std::vector<std::string>{"effusion", "nodule", "fracture", "hernia"}));
  EXPECT_EQ(columns[6].name, "age at death");
  EXPECT_EQ(merged->header().notKnown,
            (std::vector<std::string>{"dataset.source", "labels.2.description", "labels.6.description"}));
  for (size_t row = 0; row < b->recordCount(); ++row) {
    const size_t place = *test::rowOf(*merged, b->id(row));
    const LabelValue before = b->label(0, row), after = merged->label(0, place);
    EXPECT_EQ(before.index(), after.index());
    if (const auto* index = std::get_if<uint32_t>(&before)) EXPECT_EQ(std::get<uint32_t>(after), 1 - *index);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(merged->label(1, place)));
    EXPECT_EQ(merged->label(6, place), b->label(1, row));
    const States x = std::get<States>(b->label(4, row)), y = std::get<States>(merged->label(4, place));
    EXPECT_EQ(y, (States{x[2], x[0], State::missing, x[1]}));
  }
  // A file without the column, and one whose head no longer fits.
  for (size_t row = 0; row < a->recordCount(); ++row) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(merged->label(6, *test::rowOf(*merged, a->id(row)))));
  }
}

TEST(Merge, joins_descriptions_as_its_documentation_says) {
  const Opened a(north), b(south);
  const Opened merged = written(merge({&a, &b}));
  const ContainerHeader& header = merged->header();
  EXPECT_EQ(header.dataset.title, "North films; South films");
  EXPECT_EQ(header.dataset.author, "Radiology North; Radiology South");
  EXPECT_EQ(header.dataset.licence, "CC-BY-4.0");
  EXPECT_EQ(header.dataset.version, "");
  EXPECT_NE(header.dataset.notes.find("Merged from \"South films\", version 1: 30 records"),
            std::string::npos)
      << header.dataset.notes;
  EXPECT_EQ(header.dataset.contacts.size(), 2u);
  EXPECT_EQ(header.documents.size(), 1u);
  EXPECT_EQ(header.heads.size(), 1u);
  EXPECT_FALSE(header.heads[0].score.has_value());
  EXPECT_EQ(header.savings->originalCount, 70u);
  EXPECT_EQ(header.savings->encodingSeconds, 4);
  EXPECT_EQ(header.transforms, (std::vector<std::string>{"flipped"}));
  MergeOptions options;
  options.dataset.title = "Two hospitals";
  options.dataset.notes = "Mine";
  const Opened given = written(merge({&a, &b}, options));
  EXPECT_EQ(given->header().dataset.title, "Two hospitals");
  EXPECT_EQ(given->header().dataset.notes, "Mine");
}

TEST(Merge, keeps_different_documents_and_drops_heads_that_do_not_fit) {
  const Opened a(north);
  const Opened b = changed(south, [](ContainerHeader& header) {
    header.documents[0].title = "Consent";
    header.labelColumns[0].categories = {"normal", "pneumonia", "effusion"};
    header.heads[0].layers[0].outputs = 3;
  });
  const Result<Draft> draft = merge({&a, &b});
  const Opened merged = written(draft);
  EXPECT_EQ(merged->header().documents.size(), 2u);
  ASSERT_EQ(merged->header().heads.size(),
            1u);  // the second file's, whose three outputs are those of the union
  EXPECT_EQ(merged->header().heads[0].layers[0].outputs, 3u);
}

TEST(Merge, keeps_class_weights_with_their_categories) {
  const Opened a(north);
  const Opened b = changed(south, [](ContainerHeader& header) {
    header.labelColumns[0].categories = {"pneumonia", "normal"};
    header.heads[0].classWeights = {3, 1};
    header.heads.push_back(header.heads[0]);
    header.heads[1].name = "several";
    header.heads[1].task = HeadTask::multiLabel;
    header.heads[1].loss = Loss::binaryCrossEntropy;
    header.heads[1].label = 4;
    header.labelColumns[4].categories = {"nodule", "fracture", "effusion"};
    header.heads[1].layers[0].outputs = 3;
    header.heads[1].classWeights = {5, 6, 7};
  });
  const Opened merged = written(merge({&a, &b}));
  const ContainerHeader& header = merged->header();
  EXPECT_EQ(header.labelColumns[0].categories, (std::vector<std::string>{"normal", "pneumonia"}));
  EXPECT_EQ(header.labelColumns[4].categories, (std::vector<std::string>{"effusion", "nodule", "fracture"}));
  ASSERT_EQ(header.heads.size(), 3u);
  EXPECT_EQ(header.heads[1].classWeights, (std::vector<float>{1, 3}));
  EXPECT_EQ(header.heads[2].classWeights, (std::vector<float>{7, 5, 6}));
}

TEST(Merge, refuses_by_name_what_does_not_fit) {
  const Opened a(north);
  const auto with = [&](auto change) {
    static std::vector<Opened> kept;  // drafts borrow
    kept.push_back(changed(south, change));
    return merge({&a, &kept.back()});
  };
  expectRefused(with([](ContainerHeader& h) { h.encoders[0].info.modelSha256[0] ^= 1; }), "SHA-256 differs");
  expectRefused(with([](ContainerHeader& h) { h.encoders[1].info.tap = "features.9"; }), "features.9");
  expectRefused(with([](ContainerHeader& h) { h.encoders[0].info.recipe.width = 64; }), "recipes");
  expectRefused(with([](ContainerHeader& h) { h.encoders[0].info.pooling = Pooling::maximum; }), "pool");
  expectRefused(with([](ContainerHeader& h) { h.encoders[0].modelKnown = false; }), "not known");
  expectRefused(with([](ContainerHeader& h) { h.labelColumns[1].unit = "mo"; }), "units");
  expectRefused(with([](ContainerHeader& h) { h.labelColumns[0].codingSystem = "ICD-10"; }),
                "coding systems");
  expectRefused(with([](ContainerHeader& h) {
                  std::swap(h.labelColumns[1].name, h.labelColumns[2].name);
                  h.labelColumns[1].unit.clear();
                  h.notKnown.clear();
                }),
                "types");
  expectRefused(with([](ContainerHeader& h) {
                  std::swap(h.labelColumns[3].categories[0], h.labelColumns[3].categories[1]);
                }),
                "order");
  expectRefused(with([](ContainerHeader& h) { std::swap(h.splits[0].parts[0], h.splits[0].parts[1]); }),
                "parts");
  expectRefused(with([](ContainerHeader& h) { h.dataset.licence = "CC0-1.0"; }), "licences");
  expectRefused(merge({&a, &a}), "same records");
  expectRefused(merge({&a}), "two or more");
}

TEST(Merge, refuses_probes_that_differ_and_says_where_they_are_missing) {
  const auto withProbe = [](const Hospital& hospital, float value) {
    const Opened source(hospital);
    Draft draft = *draftOf(*source);
    draft.probes[0].assign(draft.probes[0].size(), value);
    return written(draft);
  };
  const Opened a(north), near = withProbe(south, 0.5f * (1 + 1e-3f)),
                         far = withProbe(south, 0.5f * (1 + 4e-3f));
  const Result<Draft> draft = merge({&a, &near});
  ASSERT_TRUE(draft.ok()) << draft.error().detail;
  EXPECT_TRUE(std::ranges::any_of(draft->notes,
                                  [](const auto& note) { return note.find("\"small\"") != note.npos; }));
  expectRefused(merge({&a, &far}), "probes");
}

TEST(Merge, matches_blocks_by_encoder_where_names_differ) {
  const Opened a(north);
  const Opened b = changed(south, [](ContainerHeader& header) {
    std::swap(header.features[0].name, header.features[1].name);
    header.features[0].name = "huge";
    header.features[1].name = "tiny";
  });
  EXPECT_EQ(written(merge({&a, &b}))->header().features[0].name, "large");
  const Opened one = written(selectRecords(*b, {0, 1}, {.blocks = std::vector<uint32_t>{0}}));
  expectRefused(merge({&a, &one}), "\"small\"");
  expectRefused(merge({&one, &a}), "\"small\"");
}

TEST(Merge, of_ten_thousand_records_comes_apart_again) {
  const Opened a(Hospital{"North", 1, 6000}), b(Hospital{"South", 2, 4000, FeatureType::f16, true, true});
  const Opened merged = written(merge({&a, &b}));
  ASSERT_EQ(merged->recordCount(), 10'000u);
  RecordFilter filter;
  filter.ids.emplace();
  for (size_t row = 0; row < b->recordCount(); ++row) filter.ids->push_back(b->id(row));
  const Opened back = written(selectRecords(*merged, *findRecords(*merged, filter)));
  ASSERT_EQ(back->recordCount(), 4000u);
  for (size_t row = 0; row < back->recordCount(); ++row) {
    EXPECT_TRUE(std::ranges::equal(*back->storedRow(0, row), *b->storedRow(0, row)));
    EXPECT_EQ(back->record(row).labels, b->record(row).labels);
  }
}

TEST(Merge, of_any_order_holds_the_same_features) {
  const Opened a(north), b(south);
  const Opened ab = written(merge({&a, &b})), ba = written(merge({&b, &a}));
  EXPECT_TRUE(std::ranges::equal(ab->storedFeatures(0), ba->storedFeatures(0)));
  for (size_t row = 0; row < ab->recordCount(); ++row)
    EXPECT_EQ(ab->record(row).labels, ba->record(row).labels);
}

}  // namespace
}  // namespace pith
