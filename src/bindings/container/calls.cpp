// SPDX-License-Identifier: Apache-2.0
#include "bindings/container/calls.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace pith::bindings {

using emscripten::val;

WriterResult createWriter(const std::string& dataset, const std::string& encoder, const std::string& labelColumns,
                          const std::string& featureType) {
  return WriterResult(guarded([&]() -> Result<val> {
    const auto type = featureTypeFromName(featureType);
    if (!type) return Error{ErrorCode::invalidArgument, "The feature type must be one of f32, f16, bf16, i8, i4."};
    ContainerHeader header;
    PITH_ASSIGN_OR_RETURN(header.dataset, datasetFromJson(dataset));
    PITH_ASSIGN_OR_RETURN(EncoderInfo info, encoderFromJson(encoder));
    header.features.push_back({.name = info.name.empty() ? "features" : info.name, .type = *type});
    header.encoders.push_back({.info = std::move(info)});
    PITH_ASSIGN_OR_RETURN(header.labelColumns, labelColumnsFromJson(labelColumns));
    return val(std::make_unique<ContainerWriter>(std::move(header)));
  }));
}

EmptyResult setProbe(ContainerWriter& writer, const Floats& features) {
  return EmptyResult(guarded([&]() -> Result<val> {
    PITH_RETURN_IF_ERROR(writer.setProbe(0, copyIn(features)));
    return val::null();
  }));
}

EmptyResult addRecord(ContainerWriter& writer, const Floats& features, const std::string& record) {
  return EmptyResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(Record description, recordFromJson(record));
    PITH_RETURN_IF_ERROR(writer.add(std::move(description), copyIn(features)));
    return val::null();
  }));
}

BytesResult writeContainer(const ContainerWriter& writer, const Bytes& seed) {
  return BytesResult(guarded([&]() -> Result<val> {
    WriteOptions options;
    const std::vector<uint8_t> seedBytes = copyIn(seed);
    if (seedBytes.size() != options.seed.size()) return Error{ErrorCode::invalidArgument, "The seed must have 32 bytes."};
    std::copy(seedBytes.begin(), seedBytes.end(), options.seed.begin());
    PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, writer.toBytes(options));
    return copyOut(std::span<const uint8_t>(file));
  }));
}

TextResult describeContainer(const Bytes& file) {
  return TextResult(guarded([&]() -> Result<val> {
    const std::vector<uint8_t> bytes = copyIn(file);
    PITH_ASSIGN_OR_RETURN(const Container container, Container::open(bytes));
    return val(containerToJson(container).dump());
  }));
}

EmptyResult verifyContainer(const Bytes& file) {
  return EmptyResult(guarded([&]() -> Result<val> {
    const std::vector<uint8_t> bytes = copyIn(file);
    PITH_ASSIGN_OR_RETURN(const Container container, Container::open(bytes));
    PITH_RETURN_IF_ERROR(container.verify());
    return val::null();
  }));
}

}  // namespace pith::bindings
