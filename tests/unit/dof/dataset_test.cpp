// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/dataset.h"

#include <gtest/gtest.h>

namespace pith::dof {
namespace {

Result<Dataset> read(const std::string& facts, const std::string& elements) {
  return Dataset::read([&](const std::string& name) -> Result<ByteView> {
    return asBytes(name == datasetMember ? facts : elements);
  });
}

void expectRefused(const std::string& facts, const std::string& elements, ErrorCode code,
                   const std::string& words) {
  const Result<Dataset> dataset = read(facts, elements);
  ASSERT_FALSE(dataset) << words;
  EXPECT_EQ(errorName(dataset.error().code), errorName(code)) << dataset.error().detail;
  EXPECT_NE(dataset.error().detail.find(words), std::string::npos) << dataset.error().detail;
}

TEST(DofDataset, keepsNotKnownApart) {
  Result<Dataset> dataset =
      read(R"({"b":"NA","a":"x","coremodel_common":true,"c":"","d":null,"e":"NAN"})", R"([[1]])");
  ASSERT_TRUE(dataset) << dataset.error().detail;
  EXPECT_EQ(dataset->facts.notKnown, (std::vector<std::string>{"b", "c", "d"}));
  EXPECT_EQ(dataset->facts.take("a"), "x");
  EXPECT_EQ(dataset->facts.take("a"), "");
  EXPECT_EQ(dataset->facts.take("coremodel_common"), "true");
  EXPECT_EQ(dataset->facts.take("e"), "NAN");
}

TEST(DofDataset, readsElements) {
  const Result<Dataset> dataset =
      read("{}", R"([[1],[[0.5,NaN],{"author":"NaN \" NaN"}],["NaN",null],[NaN]])");
  ASSERT_TRUE(dataset) << dataset.error().detail;
  ASSERT_EQ(dataset->elements.size(), 4u);
  EXPECT_TRUE((*dataset->elements[1].y.asArray())[1].isNull());
  EXPECT_EQ(dataset->elements[1].facts.known.at("author"), "NaN \" NaN");
  EXPECT_EQ(*dataset->elements[2].y.asString(), "NaN");
  EXPECT_TRUE(dataset->elements[3].y.isNull());
}

TEST(DofDataset, refusesOtherForms) {
  expectRefused("{", "[[1]]", ErrorCode::corruptDof, ".dofinfo/dataset.json");
  expectRefused("[]", "[[1]]", ErrorCode::corruptDof, "no object");
  expectRefused(R"({"a":"1","a":"2"})", "[[1]]", ErrorCode::corruptDof, "twice");
  expectRefused("{}", "{}", ErrorCode::corruptDof, "no list");
  expectRefused("{}", "[]", ErrorCode::emptyContainer, "no element");
  expectRefused("{}", "[[1],1]", ErrorCode::corruptDof, "element 1: ");
  expectRefused("{}", "[[1],[]]", ErrorCode::corruptDof, "element 1: ");
  expectRefused("{}", R"([[1,null,"/somewhere/0.out"]])", ErrorCode::unsupportedDof,
                "refers to another file");
  expectRefused("{}", "[[Infinity]]", ErrorCode::corruptDof, "elementslist.json");
}

}  // namespace
}  // namespace pith::dof
