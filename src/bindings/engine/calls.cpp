// SPDX-License-Identifier: Apache-2.0
#include "bindings/engine/calls.h"

#include <memory>
#include <optional>
#include <utility>

#include "bindings/engine/script_source.h"
#include "bindings/fields.h"
#include "pith/container/describe.h"
#include "pith/extract/probe.h"
#include "pith/image/decode.h"
#include "pith/model/manifest.h"

namespace pith::bindings {

using emscripten::val;

namespace {

/// What JavaScript knows of the file, or nothing.
Result<std::optional<Sha256Digest>> knownDigest(const std::string& hex) {
  if (hex.empty()) return std::optional<Sha256Digest>();
  const std::optional<Sha256Digest> digest = digestFromHex(hex);
  if (!digest) return wrongField("sha256", "64 hexadecimal digits, or empty");
  return digest;
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

ExtractorResult loadExtractor(const ModelBytes& modelFile, const std::string& manifestText, const std::string& sha256) {
  return ExtractorResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(const Manifest manifest, parseManifest(manifestText));
    PITH_ASSIGN_OR_RETURN(const auto digest, knownDigest(sha256));
    ScriptSource model(modelFile);
    PITH_RETURN_IF_ERROR(digest ? verifyModelFile(manifest, model.sizeBytes(), *digest) : verifyModelFile(manifest, model));
    ExtractorOptions options;
    options.name = manifest.name;
    options.recipe = manifest.recipe;
    options.tap = manifest.tap;
    options.modelSha256 = digestFromHex(manifest.sha256);
    return load(model, options);
  }));
}

ExtractorResult loadOwnExtractor(const ModelBytes& modelFile, const std::string& encoder, const std::string& sha256) {
  return ExtractorResult(guarded([&]() -> Result<val> {
    PITH_ASSIGN_OR_RETURN(ExtractorOptions options, extractorOptionsFromJson(encoder));
    PITH_ASSIGN_OR_RETURN(options.modelSha256, knownDigest(sha256));
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
    object.set("isFaint", isFaint(image));
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

}  // namespace pith::bindings
