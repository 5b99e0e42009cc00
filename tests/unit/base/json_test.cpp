// SPDX-License-Identifier: Apache-2.0
#include "pith/base/json.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

TEST(Json, WhatIsReadIsWrittenAgain) {
  const std::string text = R"({"a":[1,-2,0.1,true,null,"é\n"],"b":{}})";
  const Result<Json> json = Json::parse(text);
  ASSERT_TRUE(json.ok()) << json.error().detail;
  EXPECT_EQ(json->dump(), text);
}

TEST(Json, MembersAreFoundByName) {
  const Result<Json> json = Json::parse(R"({"size":[224,192],"scale":0.5})");
  ASSERT_TRUE(json.ok());
  ASSERT_NE(json->find("size"), nullptr);
  EXPECT_EQ(*json->find("size")->asArray()->at(1).asInteger(), 192);
  EXPECT_EQ(json->find("scale")->number(), 0.5);
  EXPECT_EQ(json->find("mean"), nullptr);
}

TEST(Json, MalformedAndTooDeepTextsAreErrors) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("[1,]"), std::string("nan"),
                                  std::string(100, '[') + std::string(100, ']')}) {
    const Result<Json> json = Json::parse(text);
    ASSERT_FALSE(json.ok()) << text;
    EXPECT_EQ(json.error().code, ErrorCode::invalidArgument);
  }
}

TEST(Json, NumbersThatAreNotFiniteBecomeNull) { EXPECT_EQ(Json(1.0 / 0.0).dump(), "null"); }

}  // namespace
}  // namespace pith
