// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/convert.h"

#include <algorithm>

#include "pith/dof/labels.h"

namespace pith::dof {
namespace {

/// Where a key of DoF goes, and the path under which "not known" is declared.
struct Field {
  const char* key;
  std::string* text;
  const char* path;
};

/// Line ends of other systems; everything else that a text may not hold is refused by the writer.
std::string withoutReturns(std::string text) {
  std::erase(text, '\r');
  return text;
}

void moveFacts(Facts& facts, ContainerHeader& header) {
  DatasetInfo& dataset = header.dataset;
  EncoderDescription& encoder = header.encoders[0];
  const Field fields[] = {
      {"dof_author", &dataset.author, "dataset.author"},
      {"dof_author_contact", &dataset.contact, "dataset.contact"},
      {"dof_source", &dataset.source, "dataset.source"},
      {"dof_license", &dataset.licence, "dataset.licence"},
      {"original_author", &dataset.original.author, "dataset.original.author"},
      {"original_source", &dataset.original.source, "dataset.original.source"},
      {"original_license", &dataset.original.licence, "dataset.original.licence"},
      {"coremodel_family", &encoder.family, "encoders.0.family"},
      {"coremodel_type", &encoder.type, "encoders.0.type"},
      {"coremodel_source_architecture", &encoder.architectureSource, "encoders.0.architectureSource"},
      {"coremodel_source_weightsandbiases", &encoder.weightsSource, "encoders.0.weightsSource"},
  };
  for (const Field& field : fields) {
    *field.text = withoutReturns(facts.take(field.key));
    if (std::erase(facts.notKnown, field.key) > 0) header.notKnown.emplace_back(field.path);
  }
  std::ranges::sort(header.notKnown);
  const std::string common = facts.take("coremodel_common");
  if (!common.empty()) encoder.model.emplace_back("coremodel_common", common);
  for (const auto& [key, text] : facts.known) dataset.notes += withoutReturns(key + ": " + text + "\n");
  for (const std::string& key : facts.notKnown) dataset.notes += withoutReturns(key + ": NA\n");
  if (!dataset.notes.empty()) dataset.notes.pop_back();
}

ContainerHeader makeHeader(Dataset& dataset, const std::vector<Column>& columns, size_t featureCount,
                           const ConvertOptions& options) {
  ContainerHeader header;
  header.encoders.emplace_back();
  moveFacts(dataset.facts, header);
  EncoderDescription& encoder = header.encoders[0];
  encoder.modelKnown = false;
  encoder.recipeKnown = false;
  constexpr size_t longestName = 1024;
  encoder.info.name = !encoder.type.empty() ? encoder.type : encoder.family;
  if (encoder.info.name.size() > longestName) encoder.info.name.clear();
  encoder.info.pooling = Pooling::none;
  encoder.info.featureCount = static_cast<int>(featureCount);
  FeatureBlock block;
  block.name = encoder.info.name.empty() ? "features" : encoder.info.name;
  block.type = options.featureType;
  header.features.push_back(std::move(block));
  header.dataset.title = options.title;
  for (const Column& column : columns) header.labelColumns.push_back(column.column);
  return header;
}

/// "3 x 2 x 2"
std::string describeShape(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "a single number" : text;
}

Result<Tensor> readElement(const MemberReader& read, size_t index) {
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, read(elementMember(index)));
  PITH_ASSIGN_OR_RETURN(Tensor tensor, readTensorPickle(bytes));
  if (tensor.values.empty()) return Error{ErrorCode::unsupportedDof, "its x has no value"};
  return tensor;
}

/// Adds the elements in their order. @param columns  their values are moved out
Status addElements(ContainerWriter& writer, const MemberReader& read, size_t count,
                   const std::vector<int64_t>& shape, std::vector<Column>& columns) {
  for (size_t i = 0; i < count; ++i) {
    const Result<Tensor> tensor = readElement(read, i);
    if (!tensor) return atElement(i, tensor.error());
    if (tensor->shape != shape) {
      return atElement(i, {ErrorCode::unsupportedDof, "its x has the shape " + describeShape(tensor->shape) +
                                                          ", the first has " + describeShape(shape)});
    }
    Record record;
    for (Column& column : columns) record.labels.push_back(std::move(column.values[i]));
    const Status status = writer.add(std::move(record), tensor->values);
    if (!status) return atElement(i, status.error());
  }
  return {};
}

}  // namespace

Result<ContainerWriter> convert(Dataset dataset, const MemberReader& read, const ConvertOptions& options) {
  const size_t count = dataset.elements.size();
  PITH_ASSIGN_OR_RETURN(std::vector<Column> columns, columnsOfY(dataset.elements, options.labelType));
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.column.name);
  for (Column& column : columnsOfFacts(dataset.elements, names)) columns.push_back(std::move(column));
  dataset.elements.clear();
  const Result<Tensor> first = readElement(read, 0);
  if (!first) return atElement(0, first.error());
  ContainerWriter writer(makeHeader(dataset, columns, first->values.size(), options));
  PITH_RETURN_IF_ERROR(writer.validate());
  PITH_RETURN_IF_ERROR(addElements(writer, read, count, first->shape, columns));
  return writer;
}

}  // namespace pith::dof
