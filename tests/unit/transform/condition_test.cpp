// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/condition.h"

#include "unit/transform/hospital.h"

namespace pith {
namespace {

const ContainerHeader& header() {
  static const ContainerHeader header = test::hospitalHeader({});
  return header;
}

bool fulfils(const char* text, const LabelValue& label) {
  const Result<LabelCondition> condition = parseLabelCondition(text, header());
  EXPECT_TRUE(condition.ok()) << text << ": " << condition.error().detail;
  return condition.ok() && holds(*condition, label);
}

TEST(LabelConditions, compare_each_type) {
  EXPECT_TRUE(fulfils("finding=pneumonia", uint32_t{1}));
  EXPECT_FALSE(fulfils("finding=pneumonia", uint32_t{0}));
  EXPECT_TRUE(fulfils("finding!=pneumonia", uint32_t{0}));
  EXPECT_TRUE(fulfils("age<40", 39.5));
  EXPECT_FALSE(fulfils("age<40", 40.0));
  EXPECT_TRUE(fulfils("age<=40", 40.0));
  EXPECT_TRUE(fulfils("age>=40", 40.0));
  EXPECT_FALSE(fulfils("age>40", 40.0));
  EXPECT_TRUE(fulfils("age=40", 40.0));
  EXPECT_TRUE(fulfils("remark=a = b", std::string("a = b")));
  EXPECT_TRUE(fulfils("severity>mild", uint32_t{2}));
  EXPECT_FALSE(fulfils("severity>=severe", uint32_t{1}));
  EXPECT_TRUE(fulfils("taken>2010", Year{2011}));
}

TEST(LabelConditions, missing_fulfils_nothing_but_missing) {
  for (const char* text : {"finding=normal", "finding!=normal", "age<1000", "age>-1", "remark=", "taken>1"}) {
    EXPECT_FALSE(fulfils(text, std::monostate{})) << text;
  }
  EXPECT_TRUE(fulfils("age=missing", std::monostate{}));
  EXPECT_FALSE(fulfils("age=missing", 3.0));
  EXPECT_TRUE(fulfils("age!=missing", 3.0));
}

TEST(LabelConditions, ask_for_states_of_a_category) {
  const States states{State::present, State::uncertain, State::missing};
  EXPECT_TRUE(fulfils("findings=effusion", states));
  EXPECT_FALSE(fulfils("findings=nodule", states));
  EXPECT_TRUE(fulfils("findings=nodule:uncertain", states));
  EXPECT_TRUE(fulfils("findings=fracture:missing", states));
  EXPECT_TRUE(fulfils("findings!=nodule", states));
  EXPECT_FALSE(fulfils("findings!=fracture", states));  // nobody said that there is none
  EXPECT_FALSE(fulfils("findings!=fracture:absent", states));
  EXPECT_FALSE(fulfils("findings!=fracture:missing", states));
  EXPECT_TRUE(fulfils("findings!=effusion:missing", states));
  EXPECT_FALSE(fulfils("findings=missing", states));
  EXPECT_TRUE(fulfils("findings=missing", States(3, State::missing)));
}

TEST(LabelConditions, prefer_the_longest_name_that_fits) {
  ContainerHeader tricky = header();
  tricky.labelColumns[0].name = "a";
  tricky.labelColumns[1].name = "a=b";
  const Result<LabelCondition> condition = parseLabelCondition("a=b>=3", tricky);
  ASSERT_TRUE(condition.ok()) << condition.error().detail;
  EXPECT_EQ(condition->column, 1u);
  EXPECT_EQ(condition->comparison, Comparison::greaterOrEqual);
}

TEST(LabelConditions, refuse_what_cannot_be_meant) {
  for (const char* text : {"", "age", "aeg=3", "finding=pneumonai", "finding<normal", "remark>a", "age=old",
                           "age=nan", "age=", "taken=0", "taken=20x", "findings=hernia", "findings>nodule"}) {
    const Result<LabelCondition> condition = parseLabelCondition(text, header());
    ASSERT_FALSE(condition.ok()) << text;
    EXPECT_EQ(condition.error().code, ErrorCode::invalidArgument);
    EXPECT_GT(condition.error().detail.size(), 20u);
  }
}

TEST(PartConditions, need_no_name_where_there_is_one_split) {
  EXPECT_EQ(parsePartCondition("test", header())->part, 1);
  EXPECT_EQ(parsePartCondition("holdout:train", header())->part, 0);
  EXPECT_EQ(parsePartCondition("holdout:none", header())->part, std::nullopt);
  EXPECT_FALSE(parsePartCondition("holdout:tset", header()).ok());
  ContainerHeader two = header();
  two.splits.push_back(two.splits[0]);
  two.splits[1].name = "second";
  EXPECT_FALSE(parsePartCondition("test", two).ok());
  EXPECT_EQ(parsePartCondition("second:test", two)->split, 1u);
  two.splits.clear();
  EXPECT_FALSE(parsePartCondition("test", two).ok());
}

}  // namespace
}  // namespace pith
