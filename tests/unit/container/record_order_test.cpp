// SPDX-License-Identifier: Apache-2.0
#include "pith/container/record_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "unit/container/vectors/vectors.h"

namespace pith {
namespace {

using namespace test;

/// Rows with views, two groupings and two blocks' worth of features, in an order of adding.
struct Content {
  ContainerHeader header;
  std::vector<Row> rows;  // a view's parent is a number of this list

  explicit Content(uint32_t seed) {
    header = plainHeader(2, FeatureType::i8);
    header.groupings = {{.name = "patient"}, {.name = "scanner"}};
    header.splits = {{.name = "s", .parts = {"a", "b"}}};
    header.transforms = {"flipped", "turned"};
    std::mt19937 generator(seed);
    const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(generator() % bound); };
    for (uint32_t i = 0; i < 40; ++i) {
      Row row;
      row.record.groups = {below(5) == 0 ? std::nullopt : std::optional(below(6)), below(2)};
      row.record.splits = {static_cast<uint8_t>(below(2))};
      // Few different values, so that there are interchangeable records, and views of them.
      row.features = {static_cast<float>(below(3)), 1.0f};
      if (i >= 20) {
        const size_t parent = below(20);
        row.record.groups = rows[parent].record.groups;
        row.record.view = ViewOf{parent, below(2)};
      }
      rows.push_back(std::move(row));
    }
  }

  Bytes bytesInOrder(const std::vector<size_t>& order, uint64_t seed) const {
    std::vector<size_t> places(order.size());
    for (size_t place = 0; place < order.size(); ++place) places[order[place]] = place;
    std::vector<Row> shuffled;
    for (const size_t row : order) {
      shuffled.push_back(rows[row]);
      if (shuffled.back().record.view) shuffled.back().record.view->parent = places[shuffled.back().record.view->parent];
    }
    return bytesOf(writerOf(header, shuffled), {.seed = seedFromNumber(seed)});
  }
};

TEST(RecordOrder, ViewsAndGroupingsLeaveNoTraceOfTheOrderOfAddingEither) {
  std::mt19937 generator(3);
  for (uint32_t trial = 0; trial < 15; ++trial) {
    const Content content(trial);
    std::vector<size_t> order(content.rows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const Bytes expected = content.bytesInOrder(order, trial);
    for (int i = 0; i < 5; ++i) {
      std::ranges::shuffle(order, generator);
      EXPECT_EQ(content.bytesInOrder(order, trial), expected) << trial;
    }
  }
}

TEST(RecordOrder, EveryViewNamesAParentOfItsContentAndGroups) {
  const Content content(99);
  std::vector<size_t> order(content.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const Bytes file = content.bytesInOrder(order, 1);
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  // Of each view: its own features and transform, and its parent's features, as multisets.
  std::multiset<std::vector<float>> expected, actual;
  for (const Row& row : content.rows) {
    if (!row.record.view) continue;
    const Row& parent = content.rows[row.record.view->parent];
    expected.insert({row.features[0], static_cast<float>(row.record.view->transform), parent.features[0]});
  }
  for (size_t row = 0; row < container->recordCount(); ++row) {
    const Record record = container->record(row);
    if (!record.view) continue;
    EXPECT_EQ(record.groups, container->record(record.view->parent).groups);
    // i8 holds 0, 1 and 2 within half a step of 2 / 255.
    const auto value = [&](size_t at) { return std::round((*container->features(at))[0]); };
    actual.insert({value(row), static_cast<float>(record.view->transform), value(record.view->parent)});
  }
  EXPECT_EQ(actual, expected);
}

// spec/container.md, "Canonical bytes", written a second time and differently: one record, one group, everything by hand.
TEST(RecordOrder, AnIdIsWhatTheSpecificationSays) {
  ContainerHeader header = plainHeader(2, FeatureType::f32);
  header.groupings = {{.name = "patient"}};
  header.splits = {{.name = "s", .parts = {"a", "b"}}};
  header.labelColumns = {{"c", LabelType::categorical, {"x", "y"}}, {"n", LabelType::number}, {"t", LabelType::text},
                         {"m", LabelType::multiLabel, {"p", "q"}}, {"y", LabelType::year}};
  const Row row{{.name = "n.png", .groups = {7}, .splits = {std::nullopt},
                 .labels = {1u, 2.5, std::string("hm"), States{State::uncertain, State::present}, Year{2026}}}, {1.0f, -2.0f}};
  const Bytes file = bytesOf(writerOf(header, {row}), {.seed = seedFromNumber(3)});

  Bytes content;
  const auto add = [&](auto value) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
    content.insert(content.end(), bytes, bytes + sizeof value);
  };
  const auto text = [&](std::string_view value, bool withLength) {
    if (withLength) add(uint64_t{value.size()});
    content.insert(content.end(), value.begin(), value.end());
  };
  const auto digest = [&](const Sha256Digest& value) { content.insert(content.end(), value.begin(), value.end()); };
  text("pith record content 2", false);
  text("n.png", true);
  add(uint64_t{5});
  add(uint8_t{1}), add(uint32_t{1});
  add(uint8_t{2}), add(2.5);
  add(uint8_t{3}), text("hm", true);
  add(uint8_t{4}), add(uint64_t{2}), add(int8_t{-1}), add(int8_t{1});
  add(uint8_t{5}), add(int32_t{2026});
  add(uint64_t{1}), add(uint8_t{255});
  add(uint64_t{1}), add(uint64_t{2}), add(1.0f), add(-2.0f);
  const Sha256Digest own = sha256(content);
  content.clear();
  text("pith group content 1", false), digest(own);
  const Sha256Digest group = sha256(content);
  content.clear();
  text("pith record id 2", false), digest(seedFromNumber(3)), digest(own), digest(group), add(uint64_t{0}), add(uint64_t{0});
  const Sha256Digest id = sha256(content);
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  EXPECT_TRUE(std::ranges::equal(container->id(0), ByteView(id).first(16)));
}

TEST(RecordOrder, KeptIdsGiveTheSameFileAgain) {
  const Content content(5);
  std::vector<size_t> order(content.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  ContainerHeader header = content.header;
  header.features[0].type = FeatureType::f32;
  const Bytes file = bytesOf(writerOf(header, content.rows), {.seed = seedFromNumber(8)});
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  ContainerWriter again(header);
  for (size_t row = 0; row < container->recordCount(); ++row) {
    ASSERT_TRUE(again.add(container->record(row), *container->features(row)).ok());
  }
  EXPECT_EQ(bytesOf(again, {.seed = seedFromNumber(1), .keepIds = true}), file);
}

ErrorCode codeOf(const ContainerWriter& writer, const WriteOptions& options = {}) {
  const Result<Bytes> bytes = writer.toBytes(options);
  return bytes.ok() ? ErrorCode::internalError : bytes.error().code;
}

TEST(RecordOrder, RecordsThatContradictEachOtherAreRefused) {
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.transforms = {"t"};
  header.groupings = {{.name = "g"}};
  const auto view = [](size_t parent, std::optional<uint32_t> group) {
    return Row{{.groups = {group}, .view = ViewOf{parent, 0}}, {2}};
  };
  const Row plain{{.groups = {1}}, {1}};
  EXPECT_EQ(codeOf(writerOf(header, {plain, view(2, 1)})), ErrorCode::invalidArgument);              // not there
  EXPECT_EQ(codeOf(writerOf(header, {plain, view(1, 1)})), ErrorCode::invalidArgument);              // itself
  EXPECT_EQ(codeOf(writerOf(header, {plain, view(0, 1), view(1, 1)})), ErrorCode::invalidArgument);  // of a view
  EXPECT_EQ(codeOf(writerOf(header, {plain, view(0, 2)})), ErrorCode::invalidArgument);              // another group
  EXPECT_EQ(codeOf(writerOf(header, {plain, view(0, std::nullopt)})), ErrorCode::invalidArgument);
  EXPECT_EQ(codeOf(writerOf(header, {plain, plain}), {.keepIds = true}), ErrorCode::invalidArgument);  // one id twice

  ContainerHeader labelled = plainHeader(1, FeatureType::f32);
  labelled.groupings = {{.name = "g"}};
  labelled.labelColumns = {{.name = "l", .type = LabelType::categorical, .categories = {"a", "b"}, .grouping = 0}};
  const auto row = [](uint32_t group, LabelValue label) { return Row{{.groups = {group}, .labels = {std::move(label)}}, {1}}; };
  EXPECT_EQ(codeOf(writerOf(labelled, {row(1, 0u), row(1, 1u)})), ErrorCode::invalidArgument);
  EXPECT_EQ(codeOf(writerOf(labelled, {row(1, 0u), row(1, LabelValue())})), ErrorCode::invalidArgument);
  EXPECT_TRUE(writerOf(labelled, {row(1, 0u), row(2, 1u), row(1, 0u)}).toBytes({}).ok());
}

}  // namespace
}  // namespace pith
