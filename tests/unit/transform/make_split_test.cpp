// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/make_split.h"

#include <map>

#include "unit/transform/hospital.h"

namespace pith {
namespace {

using Parts = std::vector<std::optional<uint8_t>>;

/// Records of `groups` patients with 1 to `largest` records each; two classes, the second rare.
std::vector<Record> patients(size_t groups, uint32_t largest, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<Record> records;
  for (uint32_t group = 0; group < groups; ++group) {
    const uint32_t size = 1 + static_cast<uint32_t>(generator() % largest);
    const uint32_t sick = generator() % 8 == 0 ? 1 : 0;
    for (uint32_t i = 0; i < size; ++i) {
      Record record;
      for (uint8_t& byte : record.id) byte = static_cast<uint8_t>(generator());
      record.groups = {group};
      record.labels = {sick};
      records.push_back(record);
    }
  }
  return records;
}

ContainerHeader headerOfPatients() {
  ContainerHeader header;
  header.groupings = {{.name = "patient"}};
  header.labelColumns.resize(1);
  header.labelColumns[0].name = "sick";
  header.labelColumns[0].categories = {"no", "yes"};
  return header;
}

SplitRequest request(const char* parts) {
  SplitRequest request;
  request.name = "s";
  request.parts = *parseParts(parts);
  request.grouping = 0;
  return request;
}

std::vector<double> shares(const Parts& parts, size_t count) {
  std::vector<double> shares(count);
  for (const auto& part : parts) {
    if (part) shares[*part] += 1.0 / static_cast<double>(parts.size());
  }
  return shares;
}

TEST(Split, keeps_groups_whole_and_meets_the_shares) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Record> records = patients(300, 6, seed);
    SplitRequest wanted = request("train=0.7,valid=0.15,test=0.15");
    wanted.seed = seed;
    const Parts parts = *drawSplit(records, headerOfPatients(), wanted);
    std::map<uint32_t, uint8_t> partOfGroup;
    for (size_t i = 0; i < records.size(); ++i) {
      ASSERT_TRUE(parts[i].has_value());
      EXPECT_EQ(partOfGroup.try_emplace(*records[i].groups[0], *parts[i]).first->second, *parts[i]);
    }
    // A part is off by one group of at most 6 records at most, of about 1,000.
    const std::vector<double> met = shares(parts, 3);
    const double group = 6.0 / static_cast<double>(records.size());
    EXPECT_NEAR(met[0], 0.7, group);
    EXPECT_NEAR(met[1], 0.15, group);
    EXPECT_NEAR(met[2], 0.15, group);
  }
}

TEST(Split, keeps_the_balance_of_a_rare_class) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Record> records = patients(400, 3, seed);
    SplitRequest wanted = request("train=0.6,valid=0.2,test=0.2");
    wanted.seed = seed;
    wanted.stratifyBy = 0;
    const Parts parts = *drawSplit(records, headerOfPatients(), wanted);
    std::vector<double> sick(3);
    double all = 0;
    for (size_t i = 0; i < records.size(); ++i) {
      if (std::get<uint32_t>(records[i].labels[0]) == 0) continue;
      sick[*parts[i]] += 1;
      all += 1;
    }
    // Two groups of three at most: one by rounding, one because a part was full.
    for (size_t p = 0; p < 3; ++p) EXPECT_NEAR(sick[p], all * wanted.parts[p].share, 6) << seed;
  }
}

TEST(Split, does_not_send_large_groups_to_the_large_part) {
  // 1,000 draws of one group of 5 among 95 single records: in the test part in about 20 % of them.
  size_t inTest = 0;
  constexpr size_t draws = 1000;
  for (uint64_t seed = 0; seed < draws; ++seed) {
    std::vector<Record> records = patients(100, 1, seed);
    for (uint32_t i = 95; i < 100; ++i) records[i].groups = {95u};
    SplitRequest wanted = request("train=0.8,test=0.2");
    wanted.seed = seed;
    inTest += *(*drawSplit(records, headerOfPatients(), wanted))[95] == 1 ? 1 : 0;
  }
  // Binomial with p = 0.2: a standard deviation of 12.6; four of them, and as much for parts that are full at
  // the end.
  EXPECT_NEAR(static_cast<double>(inTest), 200, 100);
}

TEST(Split, follows_from_ids_and_seed_alone) {
  std::vector<Record> records = patients(100, 4, 5);
  const SplitRequest wanted = request("a=0.5,b=0.5");
  const Parts parts = *drawSplit(records, headerOfPatients(), wanted);
  std::vector<Record> shuffled(records.rbegin(), records.rend());
  for (Record& record : shuffled) record.groups[0] = 1000 - *record.groups[0];
  Parts reversed = *drawSplit(shuffled, headerOfPatients(), wanted);
  std::ranges::reverse(reversed);
  EXPECT_EQ(parts, reversed);
  SplitRequest other = wanted;
  other.seed = 1;
  EXPECT_NE(parts, *drawSplit(records, headerOfPatients(), other));
}

TEST(Split, keeps_views_with_their_origin_even_without_a_grouping) {
  std::vector<Record> records = patients(50, 1, 3);
  for (size_t i = 1; i < records.size(); i += 2) records[i].view = ViewOf{i - 1, 0};
  SplitRequest wanted = request("a=0.5,b=0.5");
  wanted.grouping.reset();
  const Parts parts = *drawSplit(records, headerOfPatients(), wanted);
  for (size_t i = 1; i < records.size(); i += 2) EXPECT_EQ(parts[i], parts[i - 1]);
}

TEST(Split, makes_folds_of_equal_size) {
  const std::vector<Record> records = patients(100, 1, 9);
  SplitRequest wanted;
  wanted.parts = *makeFolds(5);
  const Parts parts = *drawSplit(records, headerOfPatients(), wanted);
  for (const double share : shares(parts, 5)) EXPECT_NEAR(share, 0.2, 0.0001);
  EXPECT_EQ(wanted.parts[4].name, "fold-5");
  EXPECT_FALSE(makeFolds(1).ok());
  EXPECT_FALSE(makeFolds(255).ok());
}

TEST(Split, leaves_the_part_none_without_a_part) {
  const std::vector<Record> records = patients(100, 1, 2);
  const Parts parts = *drawSplit(records, headerOfPatients(), request("train=0.3,none=0.5,test=0.2"));
  EXPECT_EQ(std::ranges::count(parts, std::optional<uint8_t>()), 50);
  EXPECT_EQ(std::ranges::count(parts, std::optional<uint8_t>(1)), 20);
}

TEST(Split, balances_numbers_states_and_missing_values) {
  const test::Opened source(test::Hospital{.records = 400});
  for (uint32_t column = 0; column < 6; ++column) {
    Draft draft = *draftOf(*source);
    SplitRequest wanted = request("train=0.5,test=0.5");
    wanted.stratifyBy = column;
    const Status status = addSplit(draft, wanted);
    EXPECT_EQ(status.ok(), column != 2) << column;  // text has no balance
    if (!status) continue;
    const test::Opened result = test::written(draft);
    const Split& split = result->header().splits[1];
    EXPECT_EQ(split.groupsInSeveralParts, 0u);
    EXPECT_EQ(split.stratifiedBy, column);
    EXPECT_EQ(split.seed, 0u);
    EXPECT_NEAR(static_cast<double>(split.counts[0]), 200, 20);
    EXPECT_EQ(result->header().splits[0].counts, source->header().splits[0].counts);
  }
}

TEST(Split, refuses_what_it_cannot_do) {
  const std::vector<Record> records = patients(3, 2, 1);
  EXPECT_FALSE(drawSplit(records, headerOfPatients(), request("a=0.2,b=0.2,c=0.2,d=0.2,e=0.2")).ok());
  for (const char* text : {"", "a", "a=", "=0.5", "a=0.5,b=0.6", "a=0.5", "a=0.5,b=-0.5", "a=nan,b=1",
                           "a=0.5,b=0.5x", "a=1e400"}) {
    EXPECT_FALSE(parseParts(text).ok()) << text;
  }
  EXPECT_EQ(parseParts("a=70,b=30")->at(1).share, 0.3);
  EXPECT_FALSE(drawSplit(records, headerOfPatients(), request("a=0.5,a=0.5")).ok());
  const test::Opened source(test::Hospital{});
  Draft draft = *draftOf(*source);
  SplitRequest taken = request("a=0.5,b=0.5");
  taken.name = "holdout";
  EXPECT_FALSE(addSplit(draft, taken).ok());
}

}  // namespace
}  // namespace pith
