// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>

#include "conformance/case.h"
#include "pith/onnx/wire.h"

namespace pith::conformance {
namespace {

namespace fs = std::filesystem;

std::vector<uint8_t> bytesOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Result<Tensor> tensorOf(const fs::path& file) {
  const auto bytes = bytesOf(file);
  PITH_ASSIGN_OR_RETURN(const auto message, onnx::readTensorFile(bytes, Limits{}));
  return onnx::toConstant(message, Limits{}, true);
}

/// <prefix>0.pb, <prefix>1.pb and so on.
Result<std::vector<Tensor>> tensorsOf(const std::string& prefix) {
  std::vector<Tensor> tensors;
  for (size_t i = 0; fs::exists(prefix + std::to_string(i) + ".pb"); ++i) {
    PITH_ASSIGN_OR_RETURN(auto tensor, tensorOf(prefix + std::to_string(i) + ".pb"));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace

Result<std::vector<Case>> readFolder(const fs::path& folder, const std::string& name) {
  std::vector<fs::path> sets;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && entry.path().filename().string().starts_with("test_data_set_")) sets.push_back(entry.path());
  }
  std::ranges::sort(sets);
  std::vector<Case> cases;
  const auto model = bytesOf(folder / "model.onnx");
  PITH_ASSIGN_OR_RETURN(const auto message, onnx::readModel(model, Limits{}));
  for (const auto* values : {&message.inputs, &message.outputs}) {
    for (const auto& value : *values) {
      if (value.elementType == NumberType::undefined)
        return Error{ErrorCode::unsupportedDataType, quotedName(value.name) + " is no tensor of a known type of numbers."};
    }
  }
  for (const fs::path& set : sets) {
    PITH_ASSIGN_OR_RETURN(auto inputs, tensorsOf(set / "input_"));
    PITH_ASSIGN_OR_RETURN(auto outputs, tensorsOf(set / "output_"));
    const std::string label = sets.size() > 1 ? name + "/" + set.filename().string() : name;
    cases.push_back({label, model, std::move(inputs), std::move(outputs)});
  }
  return cases;
}

Result<Case> readLightModel(const fs::path& file, const std::string& name) {
  Case test{name, bytesOf(file), {}, {}};
  PITH_ASSIGN_OR_RETURN(test.outputs, tensorsOf((file.parent_path() / file.stem()).string() + "_output_"));
  PITH_ASSIGN_OR_RETURN(const auto model, onnx::readModel(test.model, Limits{}));
  for (const auto& value : model.inputs) {
    const auto isInitializer = std::ranges::find(model.initializers, value.name, &onnx::TensorMessage::name);
    Tensor tensor;
    tensor.element = value.elementType;
    if (isInitializer == model.initializers.end() && value.shape) {
      tensor.shape = *value.shape;
      std::ranges::replace(tensor.shape, -1, 1);
      tensor.floats.resize(static_cast<size_t>(elementCount(tensor.shape, Limits{}).value_or(0)));
      for (size_t i = 0; i < tensor.floats.size(); ++i)
        tensor.floats[i] = static_cast<float>(static_cast<double>(i) / static_cast<double>(tensor.floats.size()));
    }
    test.inputs.push_back(std::move(tensor));
  }
  return test;
}

}  // namespace pith::conformance
