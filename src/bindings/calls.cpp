// SPDX-License-Identifier: Apache-2.0
#include "bindings/calls.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "bindings/script_source.h"

namespace pith::bindings {

using emscripten::val;

namespace {

/// What `call` returns, as a JavaScript result; what it throws, as an error.
template <typename Call>
val guarded(Call call) {
  try {
    Result<val> result = call();
    return result ? success(std::move(result).value()) : failure(result.error());
  } catch (const std::bad_alloc&) {
    return failure({ErrorCode::outOfMemory, "The browser gave this page no more memory."});
  } catch (const std::exception& exception) {
    return failure({ErrorCode::internalError, std::string("An unexpected exception: ") + exception.what()});
  }
}

Result<val> load(ScriptSource& model, const ExtractorOptions& options) {
  PITH_ASSIGN_OR_RETURN(Extractor extractor, Extractor::load(model, options));
  return val(std::make_unique<Extractor>(std::move(extractor)));
}

}  // namespace

std::string version() { return PITH_VERSION; }

double memoryBytes() {
  constexpr double pageBytes = 65536;
  return static_cast<double>(__builtin_wasm_memory_size(0)) * pageBytes;
}

ExtractorResult loadExtractor(const ModelBytes& modelFile, const std::string& manifestText) {
  return ExtractorResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(const Manifest manifest, parseManifest(manifestText));
    ScriptSource model(modelFile);
    PITH_RETURN_IF_ERROR(verifyModelFile(manifest, model));
    ExtractorOptions options;
    options.name = manifest.name;
    options.recipe = manifest.recipe;
    options.tap = manifest.tap;
    options.modelSha256 = digestFromHex(manifest.sha256);
    return load(model, options);
  }));
}

ExtractorResult loadOwnExtractor(const ModelBytes& modelFile, const std::string& encoder) {
  return ExtractorResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(const ExtractorOptions options, extractorOptionsFromJson(encoder));
    ScriptSource model(modelFile);
    return load(model, options);
  }));
}

InspectionResult inspectModel(const ModelBytes& modelFile, const std::string& recipe) {
  return InspectionResult(guarded([&]() -> Result<val> {
    std::optional<Recipe> known;
    if (!recipe.empty()) {
      PITH_ASSIGN_OR_RETURN(known, parseRecipe(recipe));
    }
    ScriptSource model(modelFile);
    PITH_ASSIGN_OR_RETURN(const ModelInspection inspection, pith::inspectModel(model, known));
    return copyOut(inspection);
  }));
}

std::string encoderInfo(const Extractor& extractor) { return describeEncoder(extractor.info()).dump(); }

ExtractionResult extract(Extractor& extractor, const Bytes& imageFile, int thumbnailSidePx) {
  return ExtractionResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(const Image image, decodeImage(copyIn(imageFile)));
    PITH_ASSIGN_OR_RETURN(const std::vector<float> features, extractor.extract(image));
    val object = val::object();
    object.set("features", copyOut(std::span<const float>(features)));
    object.set("width", image.width);
    object.set("height", image.height);
    object.set("thumbnail", val::null());
    if (thumbnailSidePx > 0) {
      PITH_ASSIGN_OR_RETURN(const Thumbnail thumbnail, makeThumbnail(image, thumbnailSidePx));
      object.set("thumbnail", copyOut(thumbnail));
    }
    return object;
  }));
}

FloatsResult computeProbe(Extractor& extractor) {
  return FloatsResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(const std::vector<float> probe, pith::computeProbe(extractor));
    return copyOut(std::span<const float>(probe));
  }));
}

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
