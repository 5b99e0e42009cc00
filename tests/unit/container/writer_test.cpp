// SPDX-License-Identifier: Apache-2.0
#include "pith/container/writer.h"

#include <algorithm>
#include <limits>
#include <set>

#include "unit/container/example.h"

namespace pith {
namespace {

using namespace test;

constexpr FeatureType allTypes[] = {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4};

TEST(Writer, TheOrderOfAddingLeavesNoTrace) {
  std::mt19937 generator(7);
  for (uint32_t trial = 0; trial < 20; ++trial) {
    std::vector<Row> rows = exampleRows(24, 3, trial);
    const std::vector<uint8_t> expected = bytesOf(rows, 3, FeatureType::f16, 5);
    std::ranges::shuffle(rows, generator);
    for (Row& row : rows) {
      if (row.record.groups[0]) row.record.groups[0] = 5000 - *row.record.groups[0];  // the numbers themselves mean nothing
    }
    EXPECT_EQ(bytesOf(rows, 3, FeatureType::f16, 5), expected) << "trial " << trial;
  }
}

// Two patients with the same two pictures each: which copy belongs to whom must not depend on the order either.
TEST(Writer, EqualRowsInDifferentGroupsLeaveNoTraceEither) {
  std::vector<Row> rows;
  for (uint32_t group : {1u, 2u, 3u}) {
    for (float value : {0.5f, 1.5f, 1.5f}) {
      rows.push_back({{.groups = {group}, .splits = {std::nullopt}, .labels = std::vector<LabelValue>(3)}, {value}});
    }
  }
  rows.push_back({{.groups = {9}, .splits = {std::nullopt}, .labels = std::vector<LabelValue>(3)}, {0.5f}});
  rows.push_back({{.groups = {std::nullopt}, .splits = {std::nullopt}, .labels = std::vector<LabelValue>(3)}, {0.5f}});
  const std::vector<uint8_t> expected = bytesOf(rows, 1, FeatureType::f32, 1);
  std::mt19937 generator(11);
  for (int trial = 0; trial < 50; ++trial) {
    std::ranges::shuffle(rows, generator);
    EXPECT_EQ(bytesOf(rows, 1, FeatureType::f32, 1), expected);
  }
}

TEST(Writer, WhoSharesAGroupIsPartOfTheContent) {
  std::vector<Row> rows = exampleRows(6, 2, 3);
  for (Row& row : rows) row.record.groups[0] = 1;
  const std::vector<uint8_t> together = bytesOf(rows, 2, FeatureType::f32, 1);
  rows[0].record.groups[0] = 2;
  EXPECT_NE(bytesOf(rows, 2, FeatureType::f32, 1), together);
}

std::set<RecordId> idsOf(const std::vector<uint8_t>& file) {
  const Result<Container> container = Container::open(file);
  std::set<RecordId> ids;
  EXPECT_TRUE(container.ok());
  if (container.ok()) {
    for (size_t i = 0; i < container->recordCount(); ++i) ids.insert(container->id(i));
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
    row.record.groups[0] = 0x5A17BEEF;
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
  constexpr size_t count = 1000;
  const auto bytesPerRecord = [&](FeatureType type) {
    ContainerHeader header = plainHeader(featureCount, type);
    header.dataset = exampleDataset();
    header.groupings = {{.name = "patient"}};
    header.labelColumns = {{"finding", LabelType::categorical, {"normal", "pneumonia"}}};
    ContainerWriter writer(std::move(header));
    std::mt19937 generator(1);
    for (uint32_t i = 0; i < count; ++i) {
      std::vector<float> features;
      for (int k = 0; k < featureCount; ++k) features.push_back(static_cast<float>(generator() % 1000) / 500.0f);
      EXPECT_TRUE(writer.add({.groups = {i / 2}, .labels = {i % 2}}, features).ok());
    }
    const double bytes = static_cast<double>(bytesOf(writer, {.seed = seedFromNumber(1)}).size()) / count;
    std::cout << nameOf(type) << ": " << bytes << " bytes a record of 1280 features, one label, one group\n";
    return bytes;
  };
  EXPECT_LT(bytesPerRecord(FeatureType::f16), 2630);
  EXPECT_LT(bytesPerRecord(FeatureType::i8), 1350);
  EXPECT_LT(bytesPerRecord(FeatureType::i4), 710);
}

ErrorCode codeOf(const Status& status) { return status.ok() ? ErrorCode::internalError : status.error().code; }

TEST(Writer, RecordsThatDoNotFitAreRefused) {
  ContainerHeader header = plainHeader(2, FeatureType::f32);
  header.labelColumns = exampleColumns();
  ContainerWriter writer(std::move(header));
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

TEST(Writer, ARecordCanBeCheckedBeforeItsFeaturesAreThere) {
  ContainerHeader header = plainHeader(2, FeatureType::f32);
  header.labelColumns = exampleColumns();
  const ContainerWriter writer(std::move(header));
  const LabelValue none;
  EXPECT_TRUE(writer.validateRecord({.name = "film.png", .labels = {1u, 2.5, std::string("two\nlines")}}).ok());
  EXPECT_EQ(codeOf(writer.validateRecord({.labels = {none, none, std::string("two\r\nlines")}})), ErrorCode::invalidLabel);
  EXPECT_EQ(codeOf(writer.validateRecord({.name = "\x1B[2J", .labels = {none, none, none}})), ErrorCode::invalidLabel);
  EXPECT_EQ(codeOf(writer.validateRecord({.groups = {1u}, .labels = {none, none, none}})), ErrorCode::invalidArgument);
  EXPECT_EQ(writer.recordCount(), 0u);
}

TEST(Writer, DescriptionsThatDoNotFitAreRefusedBeforeTheWork) {
  const auto validate = [](auto change) {
    ContainerHeader header = exampleHeader(2, FeatureType::f32);
    change(header);
    return codeOf(ContainerWriter(std::move(header)).validate());
  };
  using Header = ContainerHeader;
  EXPECT_EQ(validate([](Header& h) { h.dataset.notes = "\r"; }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](Header& h) { h.encoders[0].info.featureCount = 0; }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](Header& h) { h.encoders[0].info.tapShape.resize(9); }), ErrorCode::invalidArgument);
  EXPECT_EQ(validate([](Header& h) { h.encoders[0].info.recipe = Recipe{}; }), ErrorCode::invalidRecipe);
  EXPECT_EQ(validate([](Header& h) { h.encoders.clear(); }), ErrorCode::containerTooLarge);
  EXPECT_EQ(validate([](Header& h) { h.labelColumns[1].name = h.labelColumns[0].name; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](Header& h) { h.labelColumns[0].categories[1] = "normal"; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](Header& h) { h.labelColumns[1].categories = {"x"}; }), ErrorCode::invalidLabel);
  EXPECT_EQ(validate([](Header& h) { h.labelColumns.resize(1025); }), ErrorCode::containerTooLarge);
}

TEST(Writer, WhatAHalfCannotHoldIsAnErrorNotInfinity) {
  const std::vector<Row> rows = {{.features = {65505.0f}}};
  const Result<std::vector<uint8_t>> half = writerOf(plainHeader(1, FeatureType::f16), rows).toBytes({});
  ASSERT_FALSE(half.ok());
  EXPECT_EQ(half.error().code, ErrorCode::featureOutOfRange);
  EXPECT_TRUE(writerOf(plainHeader(1, FeatureType::i8), rows).toBytes({}).ok());
}

TEST(Writer, TheSinksErrorEndsTheWriting) {
  const ContainerWriter writer = writerOf(exampleHeader(256, FeatureType::f32), exampleRows(1000, 256, 1));
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
