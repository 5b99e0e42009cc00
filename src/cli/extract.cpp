// SPDX-License-Identifier: Apache-2.0
/// @file `pith extract`: images in, one container out.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "atomic_file.h"
#include "encode_files.h"
#include "interrupt.h"
#include "model_store.h"
#include "output.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

struct Outcome {
  size_t encoded = 0;
  size_t jobs = 0;
  double seconds = 0;
  uint64_t fileBytes = 0;
  NarrowingError narrowing;
  std::vector<std::pair<std::string, Error>> refused;
  std::vector<std::string> withoutRow;  // encoded, but not in the table
};

FoundFiles findImages(const ExtractArguments& arguments) {
  std::vector<std::filesystem::path> except{arguments.output};
  for (const std::string& input : {arguments.labels.tablePath, arguments.recipe}) {
    if (!input.empty()) except.emplace_back(input);
  }
  FoundFiles found =
      require(findFiles(arguments.paths, except), "Cannot use what was given", ExitCode::usage);
  for (const std::string& folder : found.unreadableFolders) {
    printNote("pith: the folder " + inQuotes(folder) + " cannot be read and is left out");
  }
  if (found.files.empty()) {
    throw Failure(ExitCode::nothingUsable, "There is nothing to encode",
                  {ErrorCode::emptyContainer, "the given folders hold no file"},
                  "Name folders or files with images.");
  }
  return found;
}

std::array<uint8_t, 32> chooseSeed(const std::optional<uint64_t>& number) {
  if (number) return seedFromNumber(*number);
  std::array<uint8_t, 32> seed{};
  std::random_device random;  // the system's generator
  for (uint8_t& byte : seed) byte = static_cast<uint8_t>(random());
  return seed;
}

/// What the file will need at most, to find out early that a disk is too full.
uint64_t expectedBytes(size_t records, const EncoderInfo& encoder, FeatureType type, size_t labelColumns) {
  const uint64_t recordBytes =
      rowBytes(type, static_cast<uint64_t>(encoder.featureCount)) + 64 + 16 * static_cast<uint64_t>(labelColumns);
  return recordBytes * records + 65536;
}

ContainerWriter fillWriter(const ExtractArguments& arguments, const EncoderInfo& encoder,
                           const Labels& labels, const std::vector<FoundFile>& files,
                           std::vector<EncodedFile> encoded) {
  std::vector<size_t> indices;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!encoded[i].refusal) indices.push_back(i);
  }
  LabelSet set = labels.of(files, indices);
  ContainerHeader header;
  header.dataset = arguments.dataset;
  header.encoders.push_back({.info = encoder});
  header.features.push_back({.name = encoder.name.empty() ? "features" : encoder.name, .type = arguments.featureType});
  header.labelColumns = std::move(set.columns);
  header.groupings = std::move(set.groupings);
  header.splits = std::move(set.splits);
  ContainerWriter writer(std::move(header));
  for (size_t i = 0; i < indices.size(); ++i) {
    Record& record = set.records[i];
    if (arguments.keepNames) record.name = validUtf8(files[indices[i]].name());
    require(writer.add(std::move(record), encoded[indices[i]].features), "Cannot store a record");
    encoded[indices[i]].features = {};
  }
  return writer;
}

/// Writes, reads back and verifies what was written, and only then gives it its name.
void writeContainer(const ExtractArguments& arguments, const ContainerWriter& writer, Outcome& outcome) {
  const std::string what = "Cannot write " + inQuotes(arguments.output);
  AtomicFile file = require(AtomicFile::create(arguments.output), what);
  WriteOptions options;
  options.seed = chooseSeed(arguments.seed);
  require(writer.write(options, [&](ByteView bytes) { return file.write(bytes); }), what);
  require(file.flush(), what);
  const MappedFile written = require(MappedFile::open(file.temporaryPath()), what);
  const Container container =
      require(Container::open(written.bytes()), what + ": what was written does not read back");
  require(container.verify(), what + ": what was written does not read back");
  require(file.commit(arguments.force), what);
  outcome.fileBytes = written.bytes().size();
  outcome.narrowing = container.header().features.front().narrowing;
}

std::string describeMatch(const RowMatch& match, const Outcome& outcome) {
  std::string text = std::to_string(outcome.encoded - outcome.withoutRow.size()) + " of " +
                     counted(outcome.encoded, "image") + " have a row";
  if (!match.rowsWithoutFile.empty())
    text += ", " + counted(match.rowsWithoutFile.size(), "row") + " without a file";
  if (match.repeatedRows > 0) text += ", " + counted(match.repeatedRows, "repeated row");
  return text;
}

std::string describeRefused(const Outcome& outcome) {
  std::string text;
  if (!outcome.refused.empty()) text = "Refused " + counted(outcome.refused.size(), "file") + ":\n";
  for (const auto& [path, error] : outcome.refused) {
    text += "  " + printable(path) + "  [" + std::string(errorName(error.code)) + "] " +
            printable(error.detail) + "\n";
  }
  return text;
}

void printSummary(const ExtractArguments& arguments, const EncoderInfo& encoder, const Labels& labels,
                  size_t files, const Outcome& outcome) {
  char numbers[128];
  Facts facts;
  facts.add("Wrote", printable(arguments.output) + ", " + humanBytes(outcome.fileBytes));
  facts.add("Records", counted(outcome.encoded, "image") + " of " + counted(files, "file") + ", " +
                           humanBytes(outcome.fileBytes / outcome.encoded) + " each");
  std::snprintf(numbers, sizeof numbers, "%d as %s, %.2g relative error by narrowing", encoder.featureCount,
                std::string(nameOf(arguments.featureType)).c_str(), outcome.narrowing.relativeL2);
  facts.add("Features", numbers);
  facts.addText("Encoder", encoder.name);
  if (labels.hasTable()) facts.add("Table", describeMatch(labels.match(), outcome));
  std::snprintf(numbers, sizeof numbers, "%s, %.1f images/s with %s", humanDuration(outcome.seconds).c_str(),
                static_cast<double>(files) / std::max(outcome.seconds, 1e-3),
                counted(outcome.jobs, "job").c_str());
  facts.add("Time", numbers);
  printText(describeRefused(outcome) + facts.text() + privacyNote + "\n");
}

Json::Array textsToJson(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(validUtf8(text));
  return array;
}

Json summaryToJson(const ExtractArguments& arguments, const EncoderInfo& encoder, const Labels& labels,
                   const FoundFiles& found, const Outcome& outcome) {
  Json::Array refused;
  for (const auto& [path, error] : outcome.refused) {
    refused.push_back(Json::Object{{"file", validUtf8(path)},
                                   {"code", errorName(error.code)},
                                   {"detail", validUtf8(error.detail)},
                                   {"advice", errorAdvice(error.code)}});
  }
  Json::Object summary{{"output", outcome.encoded > 0 ? Json(validUtf8(arguments.output)) : Json()},
                       {"files", found.files.size()},
                       {"records", outcome.encoded},
                       {"refused", std::move(refused)},
                       {"hiddenSkipped", found.hiddenSkipped},
                       {"unreadableFolders", textsToJson(found.unreadableFolders)},
                       {"features", encoder.featureCount},
                       {"featureType", nameOf(arguments.featureType)},
                       {"narrowingRelativeL2", outcome.narrowing.relativeL2},
                       {"fileBytes", outcome.fileBytes},
                       {"seconds", outcome.seconds},
                       {"jobs", outcome.jobs},
                       {"encoder", encoderToJson(encoder)}};
  if (labels.hasTable()) {
    const RowMatch& match = labels.match();
    summary.emplace_back("table", Json::Object{{"filesWithoutRow", textsToJson(outcome.withoutRow)},
                                               {"rowsWithoutFile", textsToJson(match.rowsWithoutFile)},
                                               {"repeatedRows", match.repeatedRows}});
  }
  return summary;
}

void noteBefore(const ExtractArguments& arguments, const ChosenModel& model, const Labels& labels,
                size_t files, size_t jobs) {
  if (arguments.quiet) return;
  printNote("Encoding " + counted(files, "file") + " with " + printable(model.name) + " and " +
            counted(jobs, "job"));
  if (model.provisional)
    printNote("This encoder is provisional: features of a later one will not be comparable with its own");
  if (!labels.hasTable()) return;
  const auto& rows = labels.match().rowOfFile;
  const auto matched =
      std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); });
  printNote("The table has a row for " + std::to_string(matched) + " of them");
}

void report(const ExtractArguments& arguments, const EncoderInfo& encoder, const Labels& labels,
            const FoundFiles& found, const Outcome& outcome) {
  if (arguments.json) {
    printJson(summaryToJson(arguments, encoder, labels, found, outcome));
  } else if (arguments.quiet || outcome.encoded == 0) {
    printText(describeRefused(outcome));
  } else {
    printSummary(arguments, encoder, labels, found.files.size(), outcome);
  }
}

}  // namespace

ExitCode runExtract(const ExtractArguments& arguments) {
  catchInterrupts();
  const std::string cannotWrite = "Cannot write " + inQuotes(arguments.output);
  require(checkWritable(arguments.output, arguments.force, 0), cannotWrite);
  const FoundFiles found = findImages(arguments);
  const std::vector<FoundFile>& files = found.files;
  const Labels labels(arguments.labels, files);
  const ChosenModel model = chooseModel(arguments.model, arguments.recipe);
  const ExtractorOptions options{
      model.name, model.recipe, arguments.tap.empty() ? model.tap : arguments.tap, {}};
  Extractor extractor =
      require(Extractor::load(model.file.bytes(), options), "Cannot use the model " + inQuotes(model.name));
  const EncoderInfo encoder = extractor.info();
  if (encoder.pooling != Pooling::average && encoder.pooling != Pooling::none) {
    throw Failure(
        ExitCode::failure, "Cannot use the model " + inQuotes(model.name),
        {ErrorCode::invalidArgument, "its tap is pooled by " + std::string(poolingName(encoder.pooling)) +
                                         ", which a container cannot say yet"},
        "Name another tap with --tap.");
  }
  require(checkWritable(arguments.output, arguments.force,
                        expectedBytes(files.size(), encoder, arguments.featureType, labels.columnCount())),
          cannotWrite);

  Outcome outcome;
  const size_t wanted =
      arguments.jobs > 0 ? arguments.jobs : std::max(1u, std::thread::hardware_concurrency());
  outcome.jobs = std::min(wanted, files.size());
  noteBefore(arguments, model, labels, files.size(), outcome.jobs);
  const auto start = std::chrono::steady_clock::now();
  Progress progress(files.size(), arguments.quiet);
  std::vector<EncodedFile> encoded =
      encodeFiles(files, std::move(extractor), model.file.bytes(), options, outcome.jobs, progress);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (size_t i = 0; i < files.size(); ++i) {
    if (encoded[i].refusal) {
      outcome.refused.emplace_back(files[i].path.string(), *encoded[i].refusal);
    } else if (!labels.match().rowOfFile[i]) {
      outcome.withoutRow.push_back(files[i].path.string());
    }
  }
  outcome.encoded = files.size() - outcome.refused.size();
  if (outcome.encoded > 0) {
    writeContainer(arguments, fillWriter(arguments, encoder, labels, files, std::move(encoded)), outcome);
  }
  report(arguments, encoder, labels, found, outcome);
  if (outcome.encoded == 0) {
    printNote("pith: not one file could be encoded; nothing was written");
    return ExitCode::nothingUsable;
  }
  return outcome.refused.empty() && found.unreadableFolders.empty() ? ExitCode::success
                                                                    : ExitCode::someRefused;
}

}  // namespace pith::cli
