// SPDX-License-Identifier: Apache-2.0
/// @file `pith probe`: whether this machine and build compute the features that a container holds.
#include "model_folder.h"
#include "model_store.h"
#include "output.h"
#include "pith/container/reader.h"
#include "pith/extract/probe.h"
#include "pith/import/model_digest.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

struct Probed {
  std::string block;
  const EncoderInfo* info = nullptr;
  std::optional<ProbeComparison> comparison;  // nothing: the file has no probe of this block
};

struct FoundModel {
  MappedFile file;
  std::filesystem::path path;  // of a named file, beside which weights may lie
};

/// The model of an encoder: among those that were named, else among the packages that are found.
FoundModel modelOf(const EncoderInfo& info, const std::vector<std::string>& named) {
  for (const std::string& path : named) {
    MappedFile file =
        require(MappedFile::open(path), "Cannot read the model " + inQuotes(path), ExitCode::usage);
    ModelFolder beside(path);
    const Sha256Digest digest =
        require(modelDigest(file.bytes(), &beside), "Cannot read the model " + inQuotes(path), ExitCode::usage);
    if (digest == info.modelSha256) return {std::move(file), path};
  }
  for (const ModelPackage& package : findModels().packages) {
    if (package.manifest.sha256 != toHex(info.modelSha256)) continue;
    const std::string what = "Cannot read the model " + inQuotes(package.manifest.name);
    MappedFile file = require(MappedFile::open(package.folder / package.manifest.file), what, ExitCode::usage);
    require(verifyModelFile(package.manifest, file.bytes()), what, ExitCode::usage);
    return {std::move(file), {}};
  }
  throw Failure(
      ExitCode::usage, "The model " + inQuotes(info.name) + " was not found",
      {ErrorCode::readFailed, "no file with the SHA-256 " + toHex(info.modelSha256) + " is at hand"},
      "Name it with --model FILE, or add it with `pith models add`.");
}

std::string describe(const Probed& probed) {
  if (!probed.comparison) return "the file holds no probe of it";
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, ", relative distance %.2g, rounding explains %.2g",
                probed.comparison->distance, probed.comparison->bound);
  switch (probed.comparison->match) {
    case ProbeMatch::bitEqual:
      return "the same to the bit";
    case ProbeMatch::withinBound:
      return std::string("the same but for rounding") + numbers;
    case ProbeMatch::different:
      return std::string("DIFFERENT") + numbers;
  }
  return {};
}

Json toJson(const Probed& probed) {
  Json::Object object{{"block", validUtf8(probed.block)}, {"match", Json()}};
  if (!probed.comparison) return object;
  object.back().second = probeMatchName(probed.comparison->match);
  object.emplace_back("distance", probed.comparison->distance);
  object.emplace_back("bound", probed.comparison->bound);
  return object;
}

}  // namespace

/// As diff(1): 1 is a difference, and 2 whatever prevents the comparison.
ExitCode runProbe(const ProbeArguments& arguments) {
  const std::string what = "Cannot use " + inQuotes(arguments.file);
  const MappedFile file = require(MappedFile::open(arguments.file), what, ExitCode::usage);
  const Container container = require(Container::open(file.bytes()), what, ExitCode::usage);
  const ContainerHeader& header = container.header();
  Facts facts;
  Json::Array blocks;
  bool isCompared = false, isDifferent = false;
  for (size_t b = 0; b < header.features.size(); ++b) {
    const FeatureBlock& block = header.features[b];
    Probed probed{block.name, &header.encoders[block.encoder].info, std::nullopt};
    if (const auto stored = container.probe(b); !stored.empty()) {
      const FoundModel model = modelOf(*probed.info, arguments.models);
      ModelFolder beside(model.path);
      probed.comparison = require(
          recomputeProbe(model.file.bytes(), *probed.info, stored, {}, model.path.empty() ? nullptr : &beside), what,
          ExitCode::usage);
      isCompared = true;
      isDifferent = isDifferent || probed.comparison->match == ProbeMatch::different;
    }
    facts.add(printable(block.name), describe(probed));
    blocks.push_back(toJson(probed));
  }
  if (!isCompared) {
    failUsage("Nothing of " + inQuotes(arguments.file) + " can be compared", "the file holds no probe of its encoders",
              "`pith extract` writes one into every file.");
  }
  if (arguments.json) {
    printJson(Json::Object{{"blocks", std::move(blocks)}});
  } else {
    printText(facts.text());
  }
  return isDifferent ? ExitCode::failure : ExitCode::success;
}

}  // namespace pith::cli
