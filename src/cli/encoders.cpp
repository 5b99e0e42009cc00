// SPDX-License-Identifier: Apache-2.0
#include "encoders.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "failure.h"
#include "model_folder.h"
#include "pith/import/model_digest.h"
#include "text.h"

namespace pith::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Pooling>, 6> shortNames{
    {{"avg", Pooling::average},
     {"max", Pooling::maximum},
     {"avg+max", Pooling::averageAndMaximum},
     {"gem", Pooling::generalizedMean},
     {"cls", Pooling::classToken},
     {"none", Pooling::none}}};

std::optional<Pooling> poolingFromWord(std::string_view word) {
  const auto known = std::ranges::find(shortNames, word, &std::pair<std::string_view, Pooling>::first);
  return known != shortNames.end() ? std::optional(known->second) : poolingFromName(word);
}

float powerFromWord(std::string_view word) {
  float power = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), power);
  if (error != std::errc{} || end != word.data() + word.size() || !(power > 0) || power > maxPoolingPower) {
    failUsage("The power " + inQuotes(word) + " cannot be used",
              "gem=P takes a number above 0 and up to " + std::to_string(static_cast<int>(maxPoolingPower)),
              "`pith extract --help` shows the poolings.");
  }
  return power;
}

/// Computed once for all threads; that of a package was compared when it was opened.
Sha256Digest digestOf(const ChosenModel& model) {
  if (model.manifest) return *digestFromHex(model.manifest->sha256);
  ModelFolder beside(model.path);
  return require(modelDigest(model.file.bytes(), &beside), "Cannot use the model " + inQuotes(model.name));
}

}  // namespace

TapOptions tapFromWord(const std::string& word) {
  TapOptions tap;
  const size_t colon = word.rfind(':');
  std::string_view pooling =
      colon == std::string::npos ? std::string_view{} : std::string_view(word).substr(colon + 1);
  const size_t equals = pooling.find('=');
  tap.pooling = poolingFromWord(pooling.substr(0, equals));
  if (equals != std::string_view::npos && tap.pooling == Pooling::generalizedMean) {
    tap.poolingPower = powerFromWord(pooling.substr(equals + 1));
  } else if (equals != std::string_view::npos) {
    tap.pooling.reset();
  }
  tap.tensor = tap.pooling ? word.substr(0, colon) : word;
  return tap;
}

ChosenEncoders::ChosenEncoders(const std::vector<EncoderArguments>& arguments) {
  for (const EncoderArguments& asked : arguments.empty() ? std::vector<EncoderArguments>(1) : arguments) {
    ChosenModel model = chooseModel(asked.model, asked.recipe);
    EncoderOptions options{model.name, model.recipe, asked.taps, {}};
    if (options.taps.empty()) options.taps.emplace_back();
    // What a package says of its tap stands in for a tap that was asked for without a name.
    for (TapOptions& tap : options.taps) {
      if (tap.tensor.empty()) tap.tensor = model.tap;
    }
    options.modelSha256 = digestOf(model);
    encoders_.push_back({std::move(model), std::move(options)});
  }
}

Result<EncoderSet> ChosenEncoders::load() const {
  std::vector<Encoder> encoders;
  for (const auto& [model, options] : encoders_) {
    ModelFolder beside(model.path);
    Result<Encoder> encoder = Encoder::load(model.file.bytes(), options, model.path.empty() ? nullptr : &beside);
    if (!encoder) {
      Error error = encoder.error();
      if (encoders_.size() > 1) error.detail = "Model " + inQuotes(model.name) + ": " + error.detail;
      return error;
    }
    encoders.push_back(std::move(*encoder));
  }
  return EncoderSet(std::move(encoders));
}

std::string ChosenEncoders::names() const {
  std::vector<std::string> names;
  for (const Chosen& encoder : encoders_) names.push_back(printable(encoder.model.name));
  return joined(names);
}

bool ChosenEncoders::isProvisional() const {
  return std::ranges::any_of(encoders_, [](const Chosen& encoder) { return encoder.model.provisional; });
}

std::string gridNote(const std::vector<EncoderInfo>& infos) {
  std::vector<std::string> grids;
  for (const EncoderInfo& info : infos) {
    if (info.pooling == Pooling::none && info.tapShape.size() > 1) grids.push_back(inQuotes(info.tap));
  }
  if (grids.empty()) return {};
  return "Every place of " + joined(grids) +
         " is kept. Such a grid keeps far more of the picture than its average: in a small measurement with "
         "one public network the right film out of 172 was picked in 64 of 100 tries from a 7 x 7 grid, and "
         "in 27 of 100 from its average (by chance: fewer than 1); other networks can tell more. Neither is "
         "anonymous";
}

}  // namespace pith::cli
