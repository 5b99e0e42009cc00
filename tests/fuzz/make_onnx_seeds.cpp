// SPDX-License-Identifier: Apache-2.0
/// @file Writes the small networks that the fuzz target starts from: `make_onnx_seeds FOLDER`. Each takes a picture of 8x8 pixels.
#include "fuzz/write_seed.h"
#include "unit/onnx/builder.h"

namespace {

using pith::test::OnnxBuilder;
using Ints = OnnxBuilder::Ints;

std::vector<float> noise(int64_t count, uint32_t seed) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(static_cast<int32_t>(seed = seed * 1664525U + 1013904223U)) / 0x1p32F);
  return values;
}

void weights(OnnxBuilder& file, const std::string& name, const Ints& shape, uint32_t seed) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  file.floats(name, shape, noise(count, seed));
}

/// Convolutions of every kind, normalisation, pools, and a classifier to be cut off.
std::vector<uint8_t> convolutional() {
  OnnxBuilder file(13);
  file.input("x", {-1, 3, 8, 8}).output("y");
  weights(file, "w1", {4, 3, 3, 3}, 1);
  weights(file, "b1", {4}, 2);
  weights(file, "w2", {4, 1, 3, 3}, 3);
  weights(file, "w3", {4, 2, 2, 2}, 4);
  weights(file, "slope", {8, 1, 1}, 5);
  weights(file, "w4", {5, 8}, 6);
  file.floats("scale", {4}, {1, 2, 3, 4}).floats("mean", {4}, {0, 1, 0, 1}).floats("variance", {4}, {1, 2, 1, 2});
  file.node("Conv", {"x", "w1", "b1"}, {"a"}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}})
      .node("BatchNormalization", {"a", "scale", "b1", "mean", "variance"}, {"b"}, {{"epsilon", 1e-3F}})
      .node("Relu", {"b"}, {"c"})
      .node("Conv", {"c", "w2"}, {"d"}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}, {"dilations", Ints{1, 1}}})
      .node("HardSwish", {"d"}, {"e"})
      .node("ConvTranspose", {"e", "w3"}, {"f"}, {{"group", int64_t{2}}, {"strides", Ints{2, 2}}, {"output_padding", Ints{1, 1}}})
      .node("MaxPool", {"f"}, {"g"}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}})
      .node("AveragePool", {"f"}, {"h"}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}},
                                          {"count_include_pad", int64_t{1}}})
      .node("Concat", {"g", "h"}, {"i"}, {{"axis", int64_t{1}}})
      .node("PRelu", {"i", "slope"}, {"j"})
      .node("GlobalAveragePool", {"j"}, {"k"})
      .node("Flatten", {"k"}, {"l"})
      .node("Gemm", {"l", "w4"}, {"y"}, {{"transB", int64_t{1}}, {"alpha", 0.5F}});
  return file.build();
}

/// Patches, one layer of attention and its normalisation, the class token.
std::vector<uint8_t> attention() {
  OnnxBuilder file(17);
  file.input("x", {1, 3, 8, 8}).output("y");
  weights(file, "patch", {4, 3, 4, 4}, 7);
  weights(file, "token", {1, 1, 4}, 8);
  weights(file, "position", {1, 5, 4}, 9);
  weights(file, "qkv", {4, 12}, 10);
  weights(file, "scale", {4}, 11);
  weights(file, "bias", {4}, 12);
  file.ints("tokens", {1, 4, 4}).ints("heads", {1, 5, 3, 4}).ints("first", {0}).ints("axis", {2});
  file.node("Conv", {"x", "patch"}, {"a"}, {{"strides", Ints{4, 4}}})
      .node("Reshape", {"a", "tokens"}, {"b"})
      .node("Transpose", {"b"}, {"c"}, {{"perm", Ints{0, 2, 1}}})
      .node("Concat", {"token", "c"}, {"d"}, {{"axis", int64_t{1}}})
      .node("Add", {"d", "position"}, {"e"})
      .node("LayerNormalization", {"e", "scale", "bias"}, {"f"}, {{"axis", int64_t{-1}}, {"epsilon", 1e-6F}})
      .node("MatMul", {"f", "qkv"}, {"g"})
      .node("Reshape", {"g", "heads"}, {"h"})
      .node("Split", {"h"}, {"q4", "k4", "v4"}, {{"axis", int64_t{2}}})
      .node("Squeeze", {"q4", "axis"}, {"q"})
      .node("Squeeze", {"k4", "axis"}, {"k"})
      .node("Squeeze", {"v4", "axis"}, {"v"})
      .node("Einsum", {"q", "k"}, {"s"}, {{"equation", std::string("bid,bjd->bij")}})
      .node("Softmax", {"s"}, {"p"}, {{"axis", int64_t{-1}}})
      .node("MatMul", {"p", "v"}, {"o"})
      .node("Erf", {"o"}, {"m"})
      .node("Add", {"e", "m"}, {"n"})
      .node("Gather", {"n", "first"}, {"r"}, {{"axis", int64_t{1}}})
      .node("Flatten", {"r"}, {"y"});
  return file.build();
}

/// Shapes computed from shapes, folded while reading; what moves and resizes pictures.
std::vector<uint8_t> shapes() {
  OnnxBuilder file(13);
  file.input("x", {-1, 3, -1, -1}).output("y");
  file.ints("zero", {0}).ints("two", {2}).ints("three", {3}).ints("four", {4}).ints("rest", {-1}).ints("pads", {0, 0, 1, 1, 0, 0, 2, 2});
  file.ints("starts", {0, 1}).ints("ends", {8, 9}).ints("axes", {2, 3}).ints("steps", {1, 2}).ints("wide", {1, 3, 8, 8});
  file.floats("none", {0}, {}).floats("limit", {}, {4.0F}).floats("low", {}, {-1.0F});
  file.node("Pad", {"x", "pads"}, {"a"}, {{"mode", std::string("reflect")}})
      .node("Slice", {"a", "starts", "ends", "axes", "steps"}, {"b"})
      .node("Shape", {"x"}, {"s"})
      .node("Slice", {"s", "zero", "two"}, {"s2"})
      .node("Concat", {"s2", "four", "four"}, {"size"}, {{"axis", int64_t{0}}})
      .node("Resize", {"b", "none", "none", "size"}, {"c"}, {{"mode", std::string("linear")},
                                                             {"coordinate_transformation_mode", std::string("half_pixel")}})
      .node("DepthToSpace", {"f"}, {"g"}, {{"blocksize", int64_t{2}}})
      .node("Clip", {"c", "low", "limit"}, {"d"})
      .node("Concat", {"d", "d", "d", "d"}, {"f"}, {{"axis", int64_t{1}}})
      .node("Expand", {"g", "wide"}, {"h"})
      .node("Pow", {"h", "limit"}, {"p"})
      .node("ReduceL2", {"p"}, {"r"}, {{"axes", Ints{2, 3}}, {"keepdims", int64_t{0}}})
      .node("Unsqueeze", {"r", "three"}, {"bad"})
      .node("Softplus", {"r"}, {"y"});
  return file.build();
}

/// Integers between floats, and convolutions of integers.
std::vector<uint8_t> quantized() {
  OnnxBuilder file(13);
  const std::vector<int8_t> w = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12};
  const std::vector<uint8_t> point = {128};
  const std::vector<int8_t> zero = {0}, zeros = {0, 0, 0, 0};
  const std::vector<int32_t> bias = {100, -100, 50, 0};
  file.input("x", {1, 3, 8, 8}).output("y");
  file.floats("step", {}, {0.02F}).floats("steps", {4}, {0.01F, 0.02F, 0.03F, 0.04F});
  file.raw("point", {}, 2, point.data(), 1).raw("zero", {}, 3, zero.data(), 1).raw("zeros", {4}, 3, zeros.data(), 4);
  file.raw("w", {4, 3, 1, 1}, 3, w.data(), w.size()).raw("bias", {4}, 6, bias.data(), 16);
  file.node("QuantizeLinear", {"x", "step", "point"}, {"q"})
      .node("QLinearConv", {"q", "step", "point", "w", "steps", "zeros", "step", "point", "bias"}, {"c"})
      .node("DequantizeLinear", {"c", "step", "point"}, {"f"})
      .node("DequantizeLinear", {"w", "steps", "zeros"}, {"wf"}, {{"axis", int64_t{0}}})
      .node("DequantizeLinear", {"q", "step", "point"}, {"xf"})
      .node("Conv", {"xf", "wf"}, {"g"})
      .node("Add", {"f", "g"}, {"h"})
      .node("QuantizeLinear", {"h", "step", "point"}, {"i"})
      .node("QLinearGlobalAveragePool", {"i", "step", "point", "step", "point"}, {"j"}, {}, "com.microsoft")
      .node("DequantizeLinear", {"j", "step", "point"}, {"y"});
  return file.build();
}

/// Weights in every place that a tensor has for them.
std::vector<uint8_t> numbers() {
  OnnxBuilder file(9);
  file.input("x", {1, 3, 8, 8}).output("y");
  const std::vector<uint16_t> halves(12, 0x3800);
  std::vector<int32_t> packed(16, 0x3c00);
  file.halves("w1", {4, 3, 1, 1}, halves).typed("w2", {4, 4, 1, 1}, 10, {}, packed).typed("b2", {4}, 1, {1, 2, 3, 4}, {});
  file.external("w3", {4, 4, 1, 1});
  file.node("Cast", {"w1"}, {"f1"}, {{"to", int64_t{1}}})
      .node("Cast", {"w2"}, {"f2"}, {{"to", int64_t{1}}})
      .node("Conv", {"x", "f1"}, {"a"})
      .node("LRN", {"a"}, {"n"}, {{"size", int64_t{3}}, {"alpha", 1e-3F}, {"beta", 0.75F}, {"bias", 1.0F}})
      .node("Conv", {"n", "f2", "b2"}, {"b"})
      .node("InstanceNormalization", {"b", "b2", "b2"}, {"c"}, {{"epsilon", 1e-4F}})
      .node("Dropout", {"c"}, {"d", "mask"}, {{"ratio", 0.5F}})
      .node("Identity", {"d"}, {"e"})
      .node("GlobalMaxPool", {"e"}, {"y"})
      .node("Conv", {"y", "w3"}, {"unused"});
  return file.build();
}

/// A condition from a shape, and one inside of its branch, with weights of its own.
std::vector<uint8_t> branches() {
  const auto bent = [](const std::string& op, const std::string& from) { return OnnxBuilder(13).node(op, {from}, {"bent"}).output("bent").body(); };
  OnnxBuilder inner(13);
  weights(inner, "w", {4, 3, 3, 3}, 1);
  inner.output("out").node("Conv", {"x", "w"}, {"mapped"});
  inner.node("If", {"wide"}, {"out"}, {{"then_branch", bent("Relu", "mapped")}, {"else_branch", bent("Tanh", "mapped")}});
  OnnxBuilder file(13);
  file.input("x", {-1, 3, 8, 8}).output("y").ints("one", {1}).ints("three", {3});
  file.node("Shape", {"x"}, {"shape"})
      .node("Gather", {"shape", "one"}, {"channels"})
      .node("Equal", {"channels", "three"}, {"wide"})
      .node("If", {"wide"}, {"map"}, {{"then_branch", inner.body()}, {"else_branch", bent("Sigmoid", "x")}})
      .node("GlobalAveragePool", {"map"}, {"y"});
  return file.build();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto write = [&](const char* name, const std::vector<uint8_t>& bytes) {
    pith::test::writeSeed(std::string(argv[1]) + "/" + name, bytes);
  };
  write("convolutional.onnx", convolutional());
  write("attention.onnx", attention());
  write("shapes.onnx", shapes());
  write("quantized.onnx", quantized());
  write("numbers.onnx", numbers());
  write("branches.onnx", branches());
}
