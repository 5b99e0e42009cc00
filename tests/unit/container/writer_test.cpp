// SPDX-License-Identifier: Apache-2.0
#include "pith/container/writer.h"

#include <algorithm>
#include <limits>
#include <set>

#include "unit/container/example.h"

namespace pith {
namespace {

using namespace test;

constexpr FeatureType allTypes[] = {FeatureType::f32, FeatureType::f16, FeatureType::i8};

TEST(Writer, TheOrderOfAddingLeavesNoTrace) {
  std::mt19937 generator(7);
  for (uint32_t trial = 0; trial < 20; ++trial) {
    std::vector<Row> rows = exampleRows(24, 3, trial);
    const std::vector<uint8_t> expected = bytesOf(rows, 3, FeatureType::f16, 5);
    std::ranges::shuffle(rows, generator);
    for (Row& row : rows) {
      if (row.record.group) row.record.group = 5000 - *row.record.group;  // the numbers themselves mean nothing
    }
    EXPECT_EQ(bytesOf(rows, 3, FeatureType::f16, 5), expected) << "trial " << trial;
  }
}

// Two patients with the same two pictures each: which copy belongs to whom must not depend on the order either.
TEST(Writer, EqualRowsInDifferentGroupsLeaveNoTraceEither) {
  std::vector<Row> rows;
  for (uint32_t group : {1u, 2u, 3u}) {
    for (float value : {0.5f, 1.5f, 1.5f}) {
      rows.push_back({{.group = group, .labels = std::vector<LabelValue>(3)}, {value}});
    }
  }
  rows.push_back({{.group = 9, .labels = std::vector<LabelValue>(3)}, {0.5f}});
  rows.push_back({{.labels = std::vector<LabelValue>(3)}, {0.5f}});
  const std::vector<uint8_t> expected = bytesOf(rows, 1, FeatureType::f32, 1);
  std::mt19937 generator(11);
  for (int trial = 0; trial < 50; ++trial) {
    std::ranges::shuffle(rows, generator);
    EXPECT_EQ(bytesOf(rows, 1, FeatureType::f32, 1), expected);
  }
}

TEST(Writer, WhoSharesAGroupIsPartOfTheContent) {
  std::vector<Row> rows = exampleRows(6, 2, 3);
  for (Row& row : rows) row.record.group = 1;
  const std::vector<uint8_t> together = bytesOf(rows, 2, FeatureType::f32, 1);
  rows[0].record.group = 2;
  EXPECT_NE(bytesOf(rows, 2, FeatureType::f32, 1), together);
}

std::set<RecordId> idsOf(const std::vector<uint8_t>& file) {
  const Result<Container> container = Container::open(file);
  std::set<RecordId> ids;
  EXPECT_TRUE(container.ok());
  if (container.ok()) {
    for (const Record& record : container->header().records) ids.insert(record.id);
  }
  return ids;
}

TEST(Writer, AnotherSeedGivesOtherIds) {
  const std::vector<Row> rows = exampleRows(50, 2, 1);
  const std::set<RecordId> first = idsOf(bytesOf(rows, 2, FeatureType::f32, 1));
  const std::set<RecordId> second = idsOf(bytesOf(rows, 2, FeatureType::f32, 2));
  EXPECT_EQ(first.size(), 50u);
  std::vector<RecordId> common;
  std::ranges::set_intersection(first, second, std::back_inserter(common));
  EXPECT_TRUE(common.empty());
}

TEST(Writer, NamesAndGroupNumbersStayOutUnlessAsked) {
  std::vector<Row> rows = exampleRows(10, 2, 1);
  for (Row& row : rows) {
    row.record.name.reset();
    row.record.group = 0x5A17BEEF;
    row.record.id.fill(0xC3);
  }
  const std::vector<uint8_t> file = bytesOf(rows, 2, FeatureType::f16, 1);
  const auto holds = [&](std::initializer_list<uint8_t> needle) {
    return std::search(file.begin(), file.end(), needle.begin(), needle.end()) != file.end();
  };
  EXPECT_FALSE(holds({0xEF, 0xBE, 0x17, 0x5A}));
  EXPECT_FALSE(holds({0xC3, 0xC3, 0xC3, 0xC3}));
  const std::array<uint8_t, 32> seed = seedFromNumber(1);
  EXPECT_EQ(std::search(file.begin(), file.end(), seed.begin(), seed.begin() + 8), file.end());
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  for (const SectionInfo& section : container->sections()) EXPECT_EQ(section.name.find("records/name"), std::string::npos);
}

TEST(Writer, ARecordCostsLittleMoreThanItsFeatures) {
  constexpr int featureCount = 1280;
  constexpr size_t count = 200;
  ContainerWriter writer(exampleDataset(), exampleEncoder(featureCount),
                         {{"finding", LabelType::categorical, {"normal", "pneumonia"}}});
  std::mt19937 generator(1);
  for (uint32_t i = 0; i < count; ++i) {
    std::vector<float> features;
    for (int k = 0; k < featureCount; ++k) features.push_back(static_cast<float>(generator() % 1000) / 500.0f);
    ASSERT_TRUE(writer.add({.group = i / 2, .labels = {i % 2}}, features).ok());
  }
  const auto bytesPerRecord = [&](FeatureType type) {
    const Result<std::vector<uint8_t>> file = writer.toBytes({.featureType = type, .seed = seedFromNumber(1)});
    EXPECT_TRUE(file.ok());
    const double bytes = static_cast<double>(file->size()) / count;
    std::cout << featureTypeName(type) << ": " << bytes << " bytes a record of 1280 features, one label, one group\n";
    return bytes;
  };
  EXPECT_LT(bytesPerRecord(FeatureType::f16), 2700);
  EXPECT_LT(bytesPerRecord(FeatureType::i8), 1400);
}

ErrorCode codeOf(const Status& status) { return status.ok() ? ErrorCode::internalError : status.error().code; }

TEST(Writer, RecordsThatDoNotFitAreRefused) {
  ContainerWriter writer(exampleDataset(), exampleEncoder(2), exampleColumns());
  const std::vector<float> good = {1, 2};
  const auto add = [&](std::vector<LabelValue> labels, std::span<const float> features) {
    return codeOf(writer.add({.labels = std::move(labels)}, features));
  };
  const LabelValue none;
  EXPECT_EQ(add({none, none, none}, std::vector<float>{1}), ErrorCode::shapeMismatch);
  EXPECT_EQ(add({none, none, none}, std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}),
            ErrorCode::nonFiniteFeature);
  EXPECT_EQ(add({none, none}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({3u, none, none}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({1.0, none, none}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({none, std::numeric_limits<double>::infinity(), none}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({none, none, std::string("\xFF")}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({none, none, std::string("\x1B[2J")}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(add({none, none, std::string(65537, 'x')}, good), ErrorCode::invalidLabel);
  EXPECT_EQ(codeOf(writer.add({.name = std::string(1025, 'x'), .labels = {none, none, none}}, good)),
            ErrorCode::invalidLabel);
  EXPECT_EQ(writer.recordCount(), 0u);
  EXPECT_EQ(codeOf(writer.write({}, [](ByteView) { return Status(); })), ErrorCode::emptyContainer);
}

TEST(Writer, DescriptionsThatDoNotFitAreRefusedBeforeTheWork) {
  const auto validate = [](auto change) {
    DatasetInfo dataset = exampleDataset();
    EncoderInfo encoder = exampleEncoder(2);
    std::vector<LabelColumn> columns = exampleColumns();
    change(dataset, encoder, columns);
    return codeOf(ContainerWriter(dataset, encoder, columns).validate());
  };
  using Columns = std::vector<LabelColumn>;
  EXPECT_EQ(validate([](DatasetInfo& d, EncoderInfo&, Columns&) { d.notes = "\r"; }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo& e, Columns&) { e.featureCount = 0; }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo& e, Columns&) { e.tapShape = {}; }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo& e, Columns&) { e.recipe = Recipe{}; }), ErrorCode::invalidRecipe);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo&, Columns& c) { c[1].name = c[0].name; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo&, Columns& c) { c[0].categories[1] = "normal"; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo&, Columns& c) { c[1].categories = {"x"}; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](DatasetInfo&, EncoderInfo&, Columns& c) { c.resize(1025); }), ErrorCode::containerTooLarge);
}

TEST(Writer, WhatAHalfCannotHoldIsAnErrorNotInfinity) {
  ContainerWriter writer(exampleDataset(), exampleEncoder(1), {});
  ASSERT_TRUE(writer.add({}, std::vector<float>{65505.0f}).ok());
  const Result<std::vector<uint8_t>> half = writer.toBytes({.featureType = FeatureType::f16, .seed = seedFromNumber(1)});
  ASSERT_FALSE(half.ok());
  EXPECT_EQ(half.error().code, ErrorCode::featureOutOfRange);
  EXPECT_TRUE(writer.toBytes({.featureType = FeatureType::i8, .seed = seedFromNumber(1)}).ok());
}

TEST(Writer, TheSinksErrorEndsTheWriting) {
  const ContainerWriter writer = writerOf(exampleRows(4, 2, 1), 2);
  int calls = 0;
  const Status status = writer.write({}, [&](ByteView) -> Status {
    if (++calls == 3) return Error{ErrorCode::writeFailed, "the disk is full"};
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::writeFailed);
  EXPECT_EQ(calls, 3);
}

TEST(Writer, EqualContentAndSeedGiveEqualBytes) {
  for (FeatureType type : allTypes) {
    EXPECT_EQ(bytesOf(exampleRows(9, 5, 4), 5, type, 3), bytesOf(exampleRows(9, 5, 4), 5, type, 3));
  }
}

}  // namespace
}  // namespace pith
