// SPDX-License-Identifier: Apache-2.0
// Operators that move values: every one must end where the file says, although maps are stored NHWC.
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;

OnnxBuilder model(const Values& x, int64_t opset = 13) {
  OnnxBuilder builder(opset);
  builder.input("x", x.shape).output("y");
  return builder;
}

Values joinedChannels(const std::vector<Values>& parts) {
  Shape shape = parts[0].shape;
  shape[1] = 0;
  for (const Values& part : parts) shape[1] += part.shape[1];
  Values result(shape);
  size_t at = 0;
  for (const Values& part : parts) {
    for (double value : part.exact) result.exact[at++] = value;
  }
  return result;
}

TEST(Concat, JoinsAnyNumberOfChannels) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  for (const size_t count : {1, 2, 3, 4, 5, 6, 11, 26, 31}) {
    SCOPED_TRACE(count);
    OnnxBuilder builder = model(x);
    OnnxBuilder::Strings names;
    std::vector<Values> parts;
    for (size_t i = 0; i < count; ++i) {
      // Each part is clamped differently, so that a wrong order shows.
      const float low = -0.5F + 0.02F * static_cast<float>(i);
      names.push_back("p" + std::to_string(i));
      builder.floats("low" + names.back(), {}, {low})
          .node("Clip", {"x", "low" + names.back()}, {names.back()});
      parts.push_back(clamped(x, low, INFINITY));
    }
    expectOutput(builder.node("Concat", names, {"y"}, {{"axis", int64_t{-3}}}), x, joinedChannels(parts));
  }
}

TEST(Concat, CopiesRunsOfEveryLength) {
  for (const int64_t channels : {1, 3, 4, 5, 7, 8, 31, 33, 511, 512, 513, 700}) {
    SCOPED_TRACE(channels);
    const Values x = Values::noise({1, channels, 2, 3}, 1);
    const OnnxBuilder builder = model(x)
                                    .floats("low", {}, {-0.25F})
                                    .node("Clip", {"x", "low"}, {"clipped"})
                                    .node("Concat", {"x", "clipped", "x"}, {"y"}, {{"axis", int64_t{1}}});
    expectOutput(builder, x, joinedChannels({x, clamped(x, -0.25F, INFINITY), x}));
  }
}

TEST(Concat, TakesWhatWasJoinedBefore) {
  const Values x = Values::noise({1, 3, 4, 4}, 1);
  const auto part = [&](int i) { return clamped(x, -0.5F + 0.1F * static_cast<float>(i), INFINITY); };
  OnnxBuilder builder = model(x);
  for (int i = 0; i < 4; ++i) {
    const std::string name = "p" + std::to_string(i);
    builder.floats("low" + name, {}, {-0.5F + 0.1F * static_cast<float>(i)}).node("Clip", {"x", "low" + name}, {name});
  }
  const std::vector<OnnxBuilder::Attribute> channels{{"axis", int64_t{1}}};
  builder.node("Concat", {"p0", "p1"}, {"a"}, channels)
      .node("Concat", {"p0", "p1"}, {"rows"}, {{"axis", int64_t{2}}})
      .node("MaxPool", {"rows"}, {"half"}, {{"kernel_shape", Ints{2, 1}}, {"strides", Ints{2, 1}}})
      .node("Concat", {"p0", "p1", "p2"}, {"b"}, channels)
      .node("Concat", {"p1", "p2"}, {"other"}, channels)
      .node("Concat", {"p0", "p1", "p2", "p3", "p0", "p1"}, {"c"}, channels)
      .node("Concat", {"a", "half", "b", "other", "c"}, {"y"}, channels);
  auto graph = importOnnx(builder.build(), {4, 4, 3}, Limits{});
  ASSERT_TRUE(graph.ok() && simplify(*graph, Limits{}).ok());
  std::vector<size_t> joined;
  for (const Node& node : graph->nodes) {
    if (node.op == Op::concat) joined.push_back(node.inputs.size());
  }
  // Of another axis or in another order nothing is shared; b takes a, and c takes b.
  EXPECT_EQ(joined, (std::vector<size_t>{2, 2, 2, 2, 4, 5}));

  Values half({1, 3, 4, 4});  // rows 0 to 3 of p0 and then of p1, the larger of each two
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < 4; ++y) {
      const Values from = part(y < 2 ? 0 : 1);
      for (int64_t column = 0; column < 4; ++column) {
        const int64_t row = y % 2 * 2;
        half.exact[half.at(0, c, y, column)] =
            std::max(from.exact[from.at(0, c, row, column)], from.exact[from.at(0, c, row + 1, column)]);
      }
    }
  }
  expectOutput(builder, x,
               joinedChannels({part(0), part(1), half, part(0), part(1), part(2), part(1), part(2), part(0), part(1), part(2),
                               part(3), part(0), part(1)}));
}

TEST(Concat, JoinsRowsAndRefusesWhatDoesNotFit) {
  const Values x = Values::noise({1, 2, 2, 3}, 1);
  Values expected({1, 2, 4, 3});
  for (int64_t c = 0; c < 2; ++c) {
    for (int64_t y = 0; y < 4; ++y) {
      for (int64_t column = 0; column < 3; ++column)
        expected.exact[expected.at(0, c, y, column)] = x.exact[x.at(0, c, y % 2, column)];
    }
  }
  expectOutput(model(x).node("Concat", {"x", "x"}, {"y"}, {{"axis", int64_t{2}}}), x, expected);
  EXPECT_EQ(refusalOf(model(x)
                          .node("GlobalAveragePool", {"x"}, {"p"})
                          .node("Concat", {"x", "p"}, {"y"}, {{"axis", int64_t{1}}}),
                      x.shape),
            ErrorCode::unsupportedShape);
  EXPECT_EQ(refusalOf(model(x).node("Concat", {"x", "x"}, {"y"}, {{"axis", int64_t{4}}}), x.shape),
            ErrorCode::corruptModel);
}

TEST(Reshape, ShufflesChannelsAsShuffleNetDoes) {
  const Values x = Values::noise({1, 6, 4, 5}, 1);
  Values expected(x.shape);
  for (int64_t c = 0; c < 6; ++c) {
    for (size_t p = 0; p < 20; ++p)
      expected.exact[static_cast<size_t>(c % 2 * 3 + c / 2) * 20 + p] =
          x.exact[static_cast<size_t>(c) * 20 + p];
  }
  // Channel 2i+j of [3, 2] groups becomes channel 3j+i.
  OnnxBuilder builder = model(x).ints("apart", {1, 3, 2, 4, 5}).ints("together", {1, -1, 4, 5});
  builder.node("Reshape", {"x", "apart"}, {"a"})
      .node("Transpose", {"a"}, {"b"}, {{"perm", Ints{0, 2, 1, 3, 4}}});
  expectOutput(builder.node("Reshape", {"b", "together"}, {"y"}), x, expected);
}

TEST(Reshape, FoldsTheArithmeticOfExporters) {
  const Values x = Values::noise({1, 6, 4, 5}, 1);
  Values expected({1, 120});
  expected.exact = x.exact;
  // x.view(x.size(0), -1)
  OnnxBuilder builder = model(x, 11).ints("rest", {-1});
  const int64_t zero = 0;
  builder.raw("first", {}, 7, &zero, sizeof(zero));
  builder.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "first"}, {"n"}, {{"axis", int64_t{0}}});
  builder.node("Unsqueeze", {"n"}, {"u"}, {{"axes", Ints{0}}})
      .node("Concat", {"u", "rest"}, {"shape"}, {{"axis", int64_t{0}}});
  expectOutput(builder.node("Reshape", {"x", "shape"}, {"y"}), x, expected);
}

TEST(Reshape, RefusesWhatDoesNotFit) {
  const Values x = Values::noise({1, 6, 4, 5}, 1);
  const auto reshape = [&](const Ints& shape) {
    return refusalOf(model(x).ints("s", shape).node("Reshape", {"x", "s"}, {"y"}), x.shape);
  };
  EXPECT_EQ(reshape({1, 119}), ErrorCode::unsupportedShape);
  EXPECT_EQ(reshape({7, -1}), ErrorCode::unsupportedShape);
  EXPECT_EQ(reshape({-1, -1}), ErrorCode::corruptModel);
  EXPECT_EQ(reshape({int64_t{1} << 62, 4}), ErrorCode::corruptModel);
  EXPECT_EQ(reshape({1, 1, 1, 1, 1, 1, 1, 1, 120}), ErrorCode::modelTooLarge);
}

TEST(Transpose, OfMaps) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  for (const Ints& order :
       {Ints{0, 1, 3, 2}, Ints{0, 2, 3, 1}, Ints{0, 3, 1, 2}, Ints{0, 3, 2, 1}, Ints{0, 1, 2, 3}}) {
    SCOPED_TRACE(shapeText(order));
    Values expected({1, x.shape[static_cast<size_t>(order[1])], x.shape[static_cast<size_t>(order[2])],
                     x.shape[static_cast<size_t>(order[3])]});
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t y = 0; y < 4; ++y) {
        for (int64_t column = 0; column < 5; ++column) {
          const std::array<int64_t, 4> from{0, c, y, column};
          const auto to = [&](size_t axis) { return from[static_cast<size_t>(order[axis])]; };
          expected.exact[expected.at(0, to(1), to(2), to(3))] = x.exact[x.at(0, c, y, column)];
        }
      }
    }
    expectOutput(model(x).node("Transpose", {"x"}, {"y"}, {{"perm", order}}), x, expected);
  }
}

TEST(Transpose, OfAnNhwcInputIsTheInputItself) {
  const Values x = Values::noise({1, 3, 6, 7}, 1), w = Values::noise({4, 3, 3, 3}, 2);
  OnnxBuilder builder;
  builder.input("x", {-1, 6, 7, 3}).floats("w", w.shape, w.floats()).output("y");
  builder.node("Transpose", {"x"}, {"t"}, {{"perm", Ints{0, 3, 1, 2}}}).node("Conv", {"t", "w"}, {"y"});
  expectOutput(builder, x, naiveConv(x, w, std::vector<double>(4, 0.0), {}));
  // Used as it is, its last axis is what the channels are.
  OnnxBuilder direct;
  direct.input("x", {-1, 6, 7, 3}).output("y").node("Relu", {"x"}, {"y"});
  Values expected({1, 6, 7, 3});
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t place = 0; place < 42; ++place)
      expected.exact[static_cast<size_t>(place * 3 + c)] = std::max(0.0, x.exact[static_cast<size_t>(c * 42 + place)]);
  }
  expectOutput(direct, x, expected);
}

TEST(Pad, PutsConstantsAround) {
  const Values x = Values::noise({1, 2, 3, 4}, 1);
  Values expected({1, 4, 6, 5});
  std::ranges::fill(expected.exact, 1.5);
  for (int64_t c = 0; c < 2; ++c) {
    for (int64_t y = 0; y < 3; ++y) {
      for (int64_t column = 0; column < 4; ++column)
        expected.exact[expected.at(0, c + 1, y + 1, column + 1)] = x.exact[x.at(0, c, y, column)];
    }
  }
  const OnnxBuilder builder = model(x)
                                  .ints("pads", {0, 1, 1, 1, 0, 1, 2, 0})
                                  .floats("value", {}, {1.5F})
                                  .node("Pad", {"x", "pads", "value"}, {"y"});
  expectOutput(builder, x, expected);
  // Padding that is not zero must not disappear in a convolution.
  Values w = Values::noise({3, 4, 1, 1}, 2);
  OnnxBuilder conv = model(x)
                         .ints("pads", {0, 1, 1, 1, 0, 1, 2, 0})
                         .floats("value", {}, {1.5F})
                         .floats("w", w.shape, w.floats());
  conv.node("Pad", {"x", "pads", "value"}, {"p"}).node("Conv", {"p", "w"}, {"y"});
  expectOutput(conv, x, naiveConv(expected, w, std::vector<double>(3, 0.0), {}));
  // Negative pads cut off; more than there is cannot be.
  Values cut({1, 2, 2, 5});
  for (int64_t c = 0; c < 2; ++c) {
    for (int64_t y = 0; y < 2; ++y) {
      for (int64_t column = 0; column < 4; ++column)
        cut.exact[cut.at(0, c, y, column)] = x.exact[x.at(0, c, y + 1, column)];
    }
  }
  expectOutput(model(x).ints("pads", {0, 0, -1, 0, 0, 0, 0, 1}).node("Pad", {"x", "pads"}, {"y"}), x, cut);
  EXPECT_EQ(refusalOf(model(x).ints("pads", {0, 0, -2, 0, 0, 0, -2, 0}).node("Pad", {"x", "pads"}, {"y"}), x.shape),
            ErrorCode::unsupportedShape);
  EXPECT_EQ(refusalOf(model(x)
                          .ints("pads", {0, 0, 3, 0, 0, 0, 0, 0})
                          .node("Pad", {"x", "pads"}, {"y"}, {{"mode", std::string("reflect")}}),
                      x.shape),
            ErrorCode::unsupportedShape);
}

TEST(Identities, AreRemovedButOutputsKeepTheirValues) {
  const Values x = Values::noise({1, 2, 3, 4}, 1);
  expectOutput(model(x).node("Relu", {"x"}, {"r"}).node("Dropout", {"r"}, {"y", "mask"}), x,
               clamped(x, 0, INFINITY));
  expectOutput(model(x)
                   .node("Identity", {"x"}, {"i"})
                   .node("Cast", {"i"}, {"c"}, {{"to", int64_t{1}}})
                   .node("Relu", {"c"}, {"y"}),
               x, clamped(x, 0, INFINITY));
  const OnnxBuilder maskUsed = model(x).node("Dropout", {"x"}, {"d", "mask"}).node("Relu", {"mask"}, {"y"});
  EXPECT_EQ(refusalOf(maskUsed, x.shape), ErrorCode::unsupportedOperator);
}

/// Places, then a row, of a constant are written anew; the result is added to the picture.
TEST(Constants, AreWrittenAnewInPlaces) {
  const Values x = Values::noise({1, 2, 3, 4}, 1);
  const auto scattered = [&](int64_t place) {
    OnnxBuilder builder = model(x).floats("zeros", {3, 4}, std::vector<float>(12, 0.0F)).floats("u1", {2}, {5, 7}).floats("u2", {1, 4}, {1, 2, 3, 4});
    const int64_t places[] = {0, 1, 2, place}, row[] = {1};
    builder.raw("i1", {2, 2}, 7, places, sizeof places).raw("i2", {1, 1}, 7, row, sizeof row);
    return builder.node("ScatterND", {"zeros", "i1", "u1"}, {"m1"}).node("ScatterND", {"m1", "i2", "u2"}, {"m2"}).node("Add", {"x", "m2"}, {"y"});
  };
  Values expected = x;
  const double mask[] = {0, 5, 0, 0, 1, 2, 3, 4, 0, 0, 0, 7};
  for (size_t i = 0; i < expected.exact.size(); ++i) {
    expected.exact[i] += mask[i % 12];
    expected.bound[i] = 1e-6;
  }
  expectOutput(scattered(-1), x, expected);
  EXPECT_EQ(refusalOf(scattered(4), x.shape), ErrorCode::corruptModel);
  OnnxBuilder computed = model(x).floats("u", {1, 2, 3, 4}, std::vector<float>(24));
  const int64_t zero = 0;
  computed.raw("i", {1, 1}, 7, &zero, sizeof zero).node("ScatterND", {"x", "i", "u"}, {"y"});
  EXPECT_EQ(refusalOf(computed, x.shape), ErrorCode::unsupportedOperator);
}

TEST(Constants, AreFolded) {
  const Values x = Values::noise({1, 2, 3, 4}, 1);
  Values w({3, 2, 1, 1});
  std::ranges::fill(w.exact, 0.75);
  OnnxBuilder builder = model(x).floats("t", {1, 1, 2, 3}, std::vector<float>(6, 0.75F));
  builder.node("Transpose", {"t"}, {"w"}, {{"perm", Ints{3, 2, 0, 1}}}).node("Conv", {"x", "w"}, {"y"});
  expectOutput(builder, x, naiveConv(x, w, {0, 0, 0}, {}));
}

}  // namespace
}  // namespace pith::test
