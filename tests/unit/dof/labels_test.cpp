// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/labels.h"

#include <gtest/gtest.h>

namespace pith::dof {
namespace {

/// Elements with the y of a JSON list.
std::vector<Element> elementsWith(const std::string& list) {
  std::vector<Element> elements;
  const Result<Json> json = Json::parse(list);
  for (const Json& y : *json->asArray()) elements.push_back({.y = y, .facts = {}});
  return elements;
}

std::vector<Column> columnsOf(const std::string& list, std::optional<LabelType> wanted = {}) {
  Result<std::vector<Column>> columns = columnsOfY(elementsWith(list), wanted);
  EXPECT_TRUE(columns) << (columns ? "" : columns.error().detail);
  return columns ? *columns : std::vector<Column>();
}

void expectRefused(const std::string& list, ErrorCode code, const std::string& words,
                   std::optional<LabelType> wanted = {}) {
  const Result<std::vector<Column>> columns = columnsOfY(elementsWith(list), wanted);
  ASSERT_FALSE(columns) << list;
  EXPECT_EQ(errorName(columns.error().code), errorName(code)) << columns.error().detail;
  EXPECT_NE(columns.error().detail.find(words), std::string::npos) << columns.error().detail;
}

using Names = std::vector<std::string>;

TEST(DofLabels, fewIntegersAreCategoriesInTheirOrder) {
  const std::vector<Column> columns = columnsOf("[10, 9, null, -1, 9]");
  ASSERT_EQ(columns.size(), 1u);
  EXPECT_EQ(columns[0].column.name, "y");
  EXPECT_EQ(columns[0].column.type, LabelType::categorical);
  EXPECT_EQ(columns[0].column.categories, (Names{"-1", "9", "10"}));
  EXPECT_EQ(columns[0].values[0], LabelValue(2u));
  EXPECT_EQ(columns[0].values[2], LabelValue());
}

TEST(DofLabels, manyIntegersAreNumbers) {
  std::string list = "[0";
  for (int i = 1; i < 21; ++i) list += "," + std::to_string(i);
  EXPECT_EQ(columnsOf(list + "]")[0].column.type, LabelType::number);
  EXPECT_EQ(columnsOf(list + "]", LabelType::categorical)[0].column.categories.size(), 21u);
  for (int i = 0; i < 400; ++i) list += ",1";
  EXPECT_EQ(columnsOf(list + "]")[0].column.type, LabelType::categorical);
  EXPECT_EQ(columnsOf("[1, 2]", LabelType::number)[0].values[1], LabelValue(2.0));
}

TEST(DofLabels, numbersWithAPointAreNumbers) {
  EXPECT_EQ(columnsOf("[1.5, 2, null]")[0].column.type, LabelType::number);
  EXPECT_EQ(columnsOf("[1.5, 2, null]")[0].values[1], LabelValue(2.0));
  EXPECT_EQ(columnsOf("[[1.5], 2]")[0].column.name, "y");
  EXPECT_EQ(columnsOf("[1.5, 2.5]", LabelType::categorical)[0].column.categories, (Names{"1.5", "2.5"}));
}

TEST(DofLabels, textsAndTruthsAreCategoriesOrText) {
  EXPECT_EQ(columnsOf(R"(["b", "a", "", null])")[0].column.categories, (Names{"a", "b"}));
  EXPECT_EQ(columnsOf(R"(["a\r\nb", "a\nb", "\r"])")[0].column.categories, (Names{"a\nb"}));
  EXPECT_EQ(columnsOf("[true, false]")[0].column.categories, (Names{"false", "true"}));
  std::string list = R"(["t")";
  for (int i = 0; i < 21; ++i) list += ",\"t" + std::to_string(i) + "\"";
  EXPECT_EQ(columnsOf(list + "]")[0].column.type, LabelType::text);
  EXPECT_EQ(columnsOf("[\"" + std::string(1025, 'x') + "\"]")[0].column.type, LabelType::text);
}

TEST(DofLabels, oneHotListsAreCategories) {
  const std::vector<Column> columns = columnsOf("[[0, 1, 0], [1.0, 0.0, 0.0], null]");
  ASSERT_EQ(columns.size(), 1u);
  EXPECT_EQ(columns[0].column.type, LabelType::categorical);
  EXPECT_EQ(columns[0].column.categories, (Names{"0", "1", "2"}));
  EXPECT_EQ(columns[0].values, (std::vector<LabelValue>{1u, 0u, {}}));
}

TEST(DofLabels, otherListsOfZeroAndOneAreMultiLabel) {
  const std::vector<Column> columns = columnsOf("[[0, 1], [1, 1], [null, 0]]");
  ASSERT_EQ(columns.size(), 1u);
  EXPECT_EQ(columns[0].column.type, LabelType::multiLabel);
  EXPECT_EQ(columns[0].values[1], LabelValue(States{State::present, State::present}));
  EXPECT_EQ(columns[0].values[2], LabelValue(States{State::missing, State::absent}));
  EXPECT_EQ(columnsOf("[[0, 1]]", LabelType::multiLabel)[0].column.type, LabelType::multiLabel);
  EXPECT_EQ(columnsOf("[[0, -1]]", LabelType::multiLabel)[0].values[0],
            LabelValue(States{State::absent, State::uncertain}));
}

TEST(DofLabels, listsOfNumbersAreColumns) {
  const std::vector<Column> columns = columnsOf("[[0, 2.5], [null, 1]]");
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[1].column.name, "y_1");
  EXPECT_EQ(columns[0].values, (std::vector<LabelValue>{0.0, {}}));
  EXPECT_EQ(columns[1].values, (std::vector<LabelValue>{2.5, 1.0}));
  EXPECT_EQ(columnsOf("[[0, 1], [1, 0]]", LabelType::number).size(), 2u);
}

TEST(DofLabels, nothingButMissingIsNoColumn) { EXPECT_TRUE(columnsOf("[null, null]").empty()); }

TEST(DofLabels, refusesWhatHasNoOneMeaning) {
  expectRefused("[[1, 2], [1]]", ErrorCode::unsupportedDof, "element 1: y has 1 values");
  expectRefused("[[[1]]]", ErrorCode::unsupportedDof, "list of lists");
  expectRefused(R"([{"a": 1}])", ErrorCode::unsupportedDof, "object");
  expectRefused("[[]]", ErrorCode::unsupportedDof, "empty list");
  expectRefused(R"([1, "a"])", ErrorCode::unsupportedDof, "one kind");
  expectRefused(R"([["a", "b"]])", ErrorCode::unsupportedDof, "list of texts");
  expectRefused(R"(["a"])", ErrorCode::invalidArgument, "y is a text", LabelType::number);
  expectRefused("[[0, 2]]", ErrorCode::invalidArgument, "element 0: y has a value that is neither",
                LabelType::multiLabel);
  expectRefused("[[1, 1]]", ErrorCode::invalidArgument, "not categorical", LabelType::categorical);
}

TEST(DofLabels, factsBecomeColumnsOfInformation) {
  std::vector<Element> elements = elementsWith("[1, 2, 3]");
  elements[0].facts.known = {{"author", "A"}, {"y", "said"}};
  elements[1].facts.known = {{"author", "B"}};
  elements[1].facts.notKnown = {"licence"};
  const std::vector<Column> columns = columnsOfFacts(elements, {"y"});
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0].column.name, "author");
  EXPECT_EQ(columns[0].column.role, ColumnRole::information);
  EXPECT_EQ(columns[0].values, (std::vector<LabelValue>{0u, 1u, {}}));
  EXPECT_EQ(columns[1].column.name, "licence");
  EXPECT_EQ(columns[1].column.type, LabelType::text);
  EXPECT_EQ(columns[2].column.name, "info_y");
}

}  // namespace
}  // namespace pith::dof
