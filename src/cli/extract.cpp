// SPDX-License-Identifier: Apache-2.0
/// @file `pith extract`: images in, one container out.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <thread>

#include "atomic_file.h"
#include "encode_files.h"
#include "interrupt.h"
#include "new_container.h"
#include "output.h"
#include "pith/container/compress.h"
#include "pith/container/writer.h"
#include "pith/extract/probe.h"
#include "row_file.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

struct Outcome {
  size_t encoded = 0;
  size_t jobs = 0;
  double seconds = 0;
  uint64_t fileBytes = 0;
  std::vector<NarrowingError> narrowing;  // of each block
  std::vector<std::pair<std::string, Error>> refused;
  std::vector<std::string> faint;       // encoded, but hardly more than black (image/image.h)
  std::vector<std::string> withoutRow;  // encoded, but not in the table
};

FoundFiles findImages(const ExtractArguments& arguments) {
  std::vector<std::filesystem::path> except{arguments.output};
  std::vector<std::string> inputs{arguments.labels.tablePath};
  for (const EncoderArguments& encoder : arguments.encoders) inputs.push_back(encoder.recipe);
  for (const std::string& input : inputs) {
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

/// What the file, and the features before they are narrowed, will need at most, to find out early that a disk is too full.
uint64_t expectedBytes(size_t records, const std::vector<EncoderInfo>& infos, FeatureType type,
                       size_t labelColumns) {
  uint64_t recordBytes = 64 + 16 * static_cast<uint64_t>(labelColumns), aroundBytes = 65536;
  for (const EncoderInfo& info : infos) {
    const auto count = static_cast<uint64_t>(info.featureCount);
    recordBytes += rowBytes(type, count) + rowBytes(FeatureType::f32, count);
    aroundBytes += (probeImageCount + 6) * sizeof(float) * count;  // and moments, scales
  }
  return recordBytes * records + aroundBytes;
}

/// Sums only: nothing of a single file.
Savings measureSavings(const std::vector<FoundFile>& files, const std::vector<size_t>& indices, double seconds) {
  Savings savings;
  savings.originalCount = indices.size();
  savings.encodingSeconds = seconds;
  for (const size_t index : indices) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(files[index].path, error);
    if (error) return {.originalCount = savings.originalCount, .encodingSeconds = seconds};  // gone meanwhile
    savings.originalBytes += bytes;
  }
  return savings;
}

/// The encoders' names, numbered where one is taken already.
std::vector<std::string> blockNames(const std::vector<EncoderInfo>& infos) {
  std::vector<std::string> names;
  for (const EncoderInfo& info : infos) {
    const std::string wanted = info.name.empty() ? "features" : info.name;
    std::string name = wanted;
    for (size_t number = 2; std::ranges::find(names, name) != names.end(); ++number)
      name = wanted + "-" + std::to_string(number);
    names.push_back(std::move(name));
  }
  return names;
}

std::string storedName(const FoundFile& file) { return validUtf8(file.name()); }

/// What the file says about itself. Takes the columns, groupings and splits out of `set`.
ContainerHeader headerOf(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos, LabelSet& set) {
  ContainerHeader header;
  header.dataset = arguments.dataset;
  const std::vector<std::string> names = blockNames(infos);
  for (size_t block = 0; block < infos.size(); ++block) {
    header.encoders.push_back({.info = infos[block]});
    header.features.push_back(
        {.name = names[block], .encoder = static_cast<uint32_t>(block), .type = arguments.featureType});
  }
  header.labelColumns = std::move(set.columns);
  header.groupings = std::move(set.groupings);
  header.splits = std::move(set.splits);
  return header;
}

/// Finds before anything is encoded what could not be written after it: in descriptions, labels and kept names.
/// @throws Failure (usage)
void checkTexts(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos, const Labels& labels,
                const std::vector<FoundFile>& files) {
  std::vector<size_t> all(files.size());
  std::iota(all.begin(), all.end(), size_t{0});
  LabelSet set = labels.of(files, all);
  const ContainerWriter writer(headerOf(arguments, infos, set));
  require(writer.validate(), "The file cannot say that", ExitCode::usage);
  for (size_t i = 0; i < files.size(); ++i) {
    Record& record = set.records[i];
    const std::string file = inQuotes(files[i].path.string());
    if (const Status labelled = writer.validateRecord(record); !labelled) {
      throw Failure(ExitCode::usage, "The labels of " + file + " cannot be stored", labelled.error(),
                    "Correct its row of the table, or leave the column out.");
    }
    if (!arguments.keepNames) continue;
    record.name = storedName(files[i]);
    if (const Status named = writer.validateRecord(std::move(record)); !named) {
      throw Failure(ExitCode::usage, "The name of " + file + " cannot be kept", named.error(),
                    "Rename the file, or leave --keep-names out.");
    }
  }
}

/// The features of all blocks of one image, one after another.
struct JoinedRow {
  explicit JoinedRow(const std::vector<EncoderInfo>& infos) {
    for (const EncoderInfo& info : infos) values.resize(values.size() + static_cast<size_t>(info.featureCount));
    size_t begin = 0;
    for (const EncoderInfo& info : infos) {
      blocks.push_back(std::span<const float>(values).subspan(begin, static_cast<size_t>(info.featureCount)));
      begin += blocks.back().size();
    }
  }
  std::vector<float> values;
  std::vector<std::span<const float>> blocks;  // of `values`
};

ContainerWriter fillWriter(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos,
                           const Labels& labels, const std::vector<FoundFile>& files,
                           const std::vector<EncodedFile>& encoded, const RowStore& store,
                           std::vector<std::vector<float>> probe, double seconds) {
  std::vector<size_t> indices, rows;
  for (size_t i = 0; i < files.size(); ++i) {
    if (encoded[i].refusal) continue;
    indices.push_back(i);
    rows.push_back(encoded[i].row);
  }
  LabelSet set = labels.of(files, indices);
  ContainerHeader header = headerOf(arguments, infos, set);
  if (arguments.savings) header.savings = measureSavings(files, indices, seconds);
  ContainerWriter writer(std::move(header), std::make_unique<ChosenRows>(store, rows));
  for (size_t block = 0; block < probe.size(); ++block)
    require(writer.setProbe(block, std::move(probe[block])), "Cannot store the probe");
  JoinedRow row(infos);
  for (size_t i = 0; i < indices.size(); ++i) {
    Record& record = set.records[i];
    if (arguments.keepNames) record.name = storedName(files[indices[i]]);
    require(store.read(rows[i], row.values), "Cannot read features back");
    require(writer.add(std::move(record), row.blocks), "Cannot store a record");
  }
  return writer;
}

void writeContainer(const ExtractArguments& arguments, const ContainerWriter& writer, Outcome& outcome) {
  WriteOptions options;
  options.seed = chooseSeed(arguments.seed);
  if (arguments.compress) options.compress = zstdCompressor();
  const NewContainer made = writeNewContainer(arguments.output, arguments.force,
                                              [&](const ByteSink& sink) { return writer.write(options, sink); });
  outcome.fileBytes = made.fileBytes;
  for (const FeatureBlock& block : made.header.features) outcome.narrowing.push_back(block.narrowing);
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

std::string describeFaint(const Outcome& outcome) {
  const size_t count = outcome.faint.size();
  if (count == 0) return "";
  std::string text = counted(count, "16-bit image") + (count == 1 ? " stays" : " stay") +
                     " below a quarter of full scale and " + (count == 1 ? "is" : "are") +
                     " nearly black to the network. Films of 10 to 14 bits have to be scaled to 65535 first:\n";
  constexpr size_t mostNamed = 10;
  for (size_t i = 0; i < std::min(count, mostNamed); ++i) text += "  " + printable(outcome.faint[i]) + "\n";
  if (count > mostNamed) text += "  and " + std::to_string(count - mostNamed) + " more\n";
  return text;
}

void printSummary(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos,
                  const Labels& labels, size_t files, const Outcome& outcome) {
  char numbers[128];
  Facts facts;
  facts.add("Wrote", printable(arguments.output) + ", " + humanBytes(outcome.fileBytes));
  facts.add("Records", counted(outcome.encoded, "image") + " of " + counted(files, "file") + ", " +
                           humanBytes(outcome.fileBytes / outcome.encoded) + " each");
  for (size_t block = 0; block < infos.size(); ++block) {
    const EncoderInfo& info = infos[block];
    facts.addText("Encoder", describeTap(info));
    std::snprintf(numbers, sizeof numbers, "%d as %s, %.2g relative error by narrowing", info.featureCount,
                  std::string(nameOf(arguments.featureType)).c_str(), outcome.narrowing[block].relativeL2);
    facts.add("Features", numbers);
  }
  if (labels.hasTable()) facts.add("Table", describeMatch(labels.match(), outcome));
  std::snprintf(numbers, sizeof numbers, "%s, %.1f images/s with %s", humanDuration(outcome.seconds).c_str(),
                static_cast<double>(files) / std::max(outcome.seconds, 1e-3),
                counted(outcome.jobs, "job").c_str());
  facts.add("Time", numbers);
  printText(describeRefused(outcome) + describeFaint(outcome) + facts.text() + privacyNote + "\n");
}

Json::Array textsToJson(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(validUtf8(text));
  return array;
}

Json::Array blocksToJson(const std::vector<EncoderInfo>& infos, const Outcome& outcome) {
  Json::Array blocks;
  const std::vector<std::string> names = blockNames(infos);
  for (size_t i = 0; i < infos.size(); ++i) {
    Json::Object block{{"name", validUtf8(names[i])},
                       {"features", infos[i].featureCount},
                       {"encoder", encoderToJson(infos[i])}};
    if (i < outcome.narrowing.size())
      block.emplace_back("narrowingRelativeL2", outcome.narrowing[i].relativeL2);
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Json summaryToJson(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos,
                   const Labels& labels, const FoundFiles& found, const Outcome& outcome) {
  Json::Array refused;
  for (const auto& [path, error] : outcome.refused) {
    refused.push_back(Json::Object{{"file", validUtf8(path)},
                                   {"code", errorName(error.code)},
                                   {"detail", validUtf8(error.detail)},
                                   {"advice", errorAdvice(error.code)}});
  }
  Json::Object summary{
      {"output", outcome.encoded > 0 ? Json(validUtf8(arguments.output)) : Json()},
      {"files", found.files.size()},
      {"records", outcome.encoded},
      {"refused", std::move(refused)},
      {"faint", textsToJson(outcome.faint)},
      {"hiddenSkipped", found.hiddenSkipped},
      {"unreadableFolders", textsToJson(found.unreadableFolders)},
      {"features", infos.front().featureCount},
      {"featureType", nameOf(arguments.featureType)},
      {"narrowingRelativeL2", outcome.narrowing.empty() ? 0.0 : outcome.narrowing.front().relativeL2},
      {"fileBytes", outcome.fileBytes},
      {"seconds", outcome.seconds},
      {"jobs", outcome.jobs},
      {"encoder", encoderToJson(infos.front())},
      {"blocks", blocksToJson(infos, outcome)}};
  if (labels.hasTable()) {
    const RowMatch& match = labels.match();
    summary.emplace_back("table", Json::Object{{"filesWithoutRow", textsToJson(outcome.withoutRow)},
                                               {"rowsWithoutFile", textsToJson(match.rowsWithoutFile)},
                                               {"repeatedRows", match.repeatedRows}});
  }
  return summary;
}

void noteBefore(const ExtractArguments& arguments, const ChosenEncoders& encoders,
                const std::vector<EncoderInfo>& infos, const Labels& labels, size_t files, size_t jobs) {
  if (arguments.quiet) return;
  printNote("Encoding " + counted(files, "file") + " with " + encoders.names() + " and " +
            counted(jobs, "job"));
  if (const std::string note = gridNote(infos); !note.empty()) printNote(note);
  if (encoders.isProvisional())
    printNote("This encoder is provisional: features of a later one will not be comparable with its own");
  if (!labels.hasTable()) return;
  const auto& rows = labels.match().rowOfFile;
  const auto matched =
      std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); });
  printNote("The table has a row for " + std::to_string(matched) + " of them");
}

void report(const ExtractArguments& arguments, const std::vector<EncoderInfo>& infos, const Labels& labels,
            const FoundFiles& found, const Outcome& outcome) {
  if (arguments.json) {
    printJson(summaryToJson(arguments, infos, labels, found, outcome));
  } else if (arguments.quiet || outcome.encoded == 0) {
    printText(describeRefused(outcome) + describeFaint(outcome));
  } else {
    printSummary(arguments, infos, labels, found.files.size(), outcome);
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
  const ChosenEncoders encoders(arguments.encoders);
  EncoderSet first = require(encoders.load(), "Cannot use the model " + inQuotes(encoders.names()));
  const std::vector<EncoderInfo> infos = first.infos();
  checkTexts(arguments, infos, labels, files);
  std::vector<std::vector<float>> probe =
      require(computeProbe(first), "Cannot use the model " + inQuotes(encoders.names()));
  require(checkWritable(arguments.output, arguments.force,
                        expectedBytes(files.size(), infos, arguments.featureType, labels.columnCount())),
          cannotWrite);
  const std::unique_ptr<RowFile> store =
      require(RowFile::create(std::filesystem::path(arguments.output).parent_path()), cannotWrite);

  Outcome outcome;
  const size_t wanted =
      arguments.jobs > 0 ? arguments.jobs : std::max(1u, std::thread::hardware_concurrency());
  outcome.jobs = std::min(wanted, files.size());
  noteBefore(arguments, encoders, infos, labels, files.size(), outcome.jobs);
  const auto start = std::chrono::steady_clock::now();
  Progress progress(files.size(), arguments.quiet);
  const std::vector<EncodedFile> encoded = encodeFiles(
      files, std::move(first), [&] { return encoders.load(); }, outcome.jobs, arguments.featureType, *store, progress);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (size_t i = 0; i < files.size(); ++i) {
    if (encoded[i].refusal) {
      outcome.refused.emplace_back(files[i].path.string(), *encoded[i].refusal);
      continue;
    }
    if (encoded[i].isFaint) outcome.faint.push_back(files[i].path.string());
    if (!labels.match().rowOfFile[i]) outcome.withoutRow.push_back(files[i].path.string());
  }
  outcome.encoded = files.size() - outcome.refused.size();
  if (outcome.encoded > 0) {
    const ContainerWriter writer =
        fillWriter(arguments, infos, labels, files, encoded, *store, std::move(probe), outcome.seconds);
    writeContainer(arguments, writer, outcome);
  }
  report(arguments, infos, labels, found, outcome);
  if (outcome.encoded == 0) {
    printNote("pith: not one file could be encoded; nothing was written");
    return ExitCode::nothingUsable;
  }
  return outcome.refused.empty() && found.unreadableFolders.empty() ? ExitCode::success
                                                                    : ExitCode::someRefused;
}

}  // namespace pith::cli
