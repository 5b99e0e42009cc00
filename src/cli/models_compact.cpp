// SPDX-License-Identifier: Apache-2.0
/// @file `pith models compact`: a package that is smaller, and what that costs its features.
#include <algorithm>
#include <cmath>

#include "atomic_file.h"
#include "interrupt.h"
#include "model_packages.h"
#include "model_store.h"
#include "output.h"
#include "pith/extract/probe.h"
#include "pith/onnx/compact.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

/// A network's features of the built-in pictures, and what kind of features they are.
struct Seen {
  EncoderInfo info;
  std::vector<float> features;  // [probeImageCount, featureCount]
};

Result<Seen> look(ByteView model, const Manifest& manifest, const std::string& tap) {
  PITH_ASSIGN_OR_RETURN(Encoder encoder,
                        Encoder::load(model, {manifest.name, manifest.recipe, {TapOptions{tap, {}, {}}}, {}, {}}));
  std::vector<Encoder> encoders;
  encoders.push_back(std::move(encoder));
  EncoderSet set(std::move(encoders));
  PITH_ASSIGN_OR_RETURN(std::vector<std::vector<float>> features, computeProbe(set));
  return Seen{set.infos()[0], std::move(features[0])};
}

/// Relative L2 distance, of the picture for which it is largest.
double distanceBetween(const Seen& exact, const Seen& narrowed) {
  const size_t count = exact.features.size() / probeImageCount;
  double most = 0;
  for (size_t picture = 0; picture < probeImageCount; ++picture) {
    double difference = 0, norm = 0;
    for (size_t i = picture * count; i < (picture + 1) * count; ++i) {
      const double value = exact.features[i], delta = double{narrowed.features[i]} - value;
      difference += delta * delta;
      norm += value * value;
    }
    most = std::max(most, std::sqrt(difference / std::max(norm, 1e-300)));
  }
  return most;
}

struct Compacted {
  std::vector<uint8_t> model;
  Manifest manifest;
};

/// Cut at the tap where the cut network gives the same kind of features; else with all that the file had.
Compacted compact(const ChosenModel& chosen, CompactWeights weights, const std::string& what) {
  const Seen exact = require(look(chosen.file.bytes(), *chosen.manifest, chosen.tap), what);
  const auto isAlike = [&](const Result<Seen>& seen) {
    return seen.ok() && seen->info.pooling == exact.info.pooling && seen->info.tapShape == exact.info.tapShape &&
           seen->info.featureCount == exact.info.featureCount;
  };
  Compacted made{require(compactOnnx(chosen.file.bytes(), exact.info.tap, weights), what), *chosen.manifest};
  made.manifest.tap = exact.info.tap;
  Result<Seen> seen = look(made.model, made.manifest, made.manifest.tap);
  if (!isAlike(seen)) {
    made.model = require(compactOnnx(chosen.file.bytes(), {}, weights), what);
    made.manifest.tap = chosen.tap;
    seen = look(made.model, made.manifest, made.manifest.tap);
  }
  const Seen& narrowed = require(seen, what);
  if (!isAlike(seen))
    throw Failure(ExitCode::failure, what, {ErrorCode::tapNotFound, "the smaller network gives other features"});
  made.manifest.compaction = {chosen.manifest->sha256, std::string(nameOf(weights)), distanceBetween(exact, narrowed)};
  return made;
}

}  // namespace

ExitCode runModelsCompact(const ModelsCompactArguments& arguments) {
  catchInterrupts();
  const std::string what = "Cannot make " + inQuotes(arguments.model) + " smaller";
  const ChosenModel chosen = chooseModel(arguments.model, {});
  if (!chosen.manifest)
    failUsage(what, "it is a model file, and what is made is a package", "Make a package of it with `pith models add`.");
  if (chosen.manifest->compaction)
    failUsage(what, "it was made smaller before, and would lose again", "Take the package that it was made of.");
  if (fs::path(chosen.manifest->file).extension() == ".tflite")
    failUsage(what, "it is a TensorFlow Lite file, which this does not write", "Quantise it with TensorFlow's converter.");
  const CompactWeights weights = *compactWeightsFromName(arguments.weights);
  Compacted made = compact(chosen, weights, what);
  Manifest& manifest = made.manifest;
  manifest.name = arguments.name.empty() ? manifest.name + "-" + arguments.weights : arguments.name;
  manifest.file = "model.onnx";
  manifest.sha256 = toHex(sha256(made.model));
  manifest.sizeBytes = static_cast<int64_t>(made.model.size());
  manifest = require(parseManifest(manifestToJson(manifest).dump()), what, ExitCode::usage);  // its name is checked there
  const fs::path folder = arguments.folder.empty() ? packageFolder() : fs::path(arguments.folder);
  const auto fill = [&](const fs::path& path) -> Status {
    PITH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
    PITH_RETURN_IF_ERROR(file.write(made.model));
    return file.commit(true);
  };
  require(addPackage(folder, manifest, arguments.force, fill), what);
  const double ratio = static_cast<double>(chosen.manifest->sizeBytes) / static_cast<double>(manifest.sizeBytes);
  if (arguments.json) {
    Json::Object json = *manifestToJson(manifest).asObject();
    json.emplace_back("folder", validUtf8((folder / manifest.name).string()));
    printJson(json);
    return ExitCode::success;
  }
  char numbers[96];
  std::snprintf(numbers, sizeof(numbers), ", %.1f times smaller; features change by %.2g (relative L2)", ratio,
                manifest.compaction->relativeError);
  Facts facts;
  facts.add("Added", printable(manifest.name) + ", " + humanBytes(static_cast<uint64_t>(manifest.sizeBytes)) + numbers);
  facts.addText("Folder", (folder / manifest.name).string());
  printText(facts.text() + "Use it with --model " + printable(manifest.name) + "\n");
  return ExitCode::success;
}

}  // namespace pith::cli
