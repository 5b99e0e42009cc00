// SPDX-License-Identifier: Apache-2.0
#include "container_file.h"

#include <algorithm>
#include <cstdio>

#include "atomic_file.h"
#include "interrupt.h"
#include "new_container.h"
#include "output.h"
#include "pith/container/compress.h"

namespace pith::cli {
namespace {

std::string describeBlock(const ContainerHeader& header, const FeatureBlock& block) {
  char numbers[128];
  std::snprintf(numbers, sizeof numbers, "%d as %s; error %.2g relative, %.2g at most",
                header.encoders[block.encoder].info.featureCount, std::string(nameOf(block.type)).c_str(),
                block.narrowing.relativeL2, block.narrowing.maxAbsolute);
  return (header.features.size() > 1 ? printable(block.name) + ", " : "") + numbers;
}

Json blocksToJson(const ContainerHeader& header) {
  Json::Array blocks;
  for (const FeatureBlock& block : header.features) {
    blocks.push_back(Json::Object{{"name", block.name},
                                  {"type", nameOf(block.type)},
                                  {"featureCount", header.encoders[block.encoder].info.featureCount},
                                  {"maxAbsoluteError", block.narrowing.maxAbsolute},
                                  {"rootMeanSquareError", block.narrowing.rootMeanSquare},
                                  {"relativeL2Error", block.narrowing.relativeL2},
                                  {"duplicateCount", block.duplicateCount}});
  }
  return blocks;
}

}  // namespace

OpenContainer openContainer(const std::string& path, ExitCode exitCode) {
  const std::string what = "Cannot open " + inQuotes(path);
  MappedFile file = require(MappedFile::open(path), what, exitCode);
  Container container = require(Container::open(file.bytes()), what, exitCode);
  return {path, std::move(file), std::move(container)};
}

OpenContainer openWhole(const std::string& path) {
  OpenContainer source = openContainer(path);
  require(source.container.verify(), inQuotes(path) + " is damaged, and nothing is made from it");
  return source;
}

void checkOutput(const OutputOptions& output) {
  catchInterrupts();
  require(checkWritable(output.path, output.force, 0), "Cannot write " + inQuotes(output.path));
}

void writeAndReport(const Draft& draft, const OutputOptions& output, std::optional<bool> compress,
                    const Saying& saying) {
  DraftOptions options;
  if (compress.value_or(isCompressed(*draft.sources[0]))) options.compress = zstdCompressor();
  const NewContainer written = writeNewContainer(output.path, output.force,
                                                 [&](const ByteSink& sink) { return writeDraft(draft, options, sink); });
  if (output.json) {
    Json::Object object{{"output", validUtf8(output.path)},
                        {"fileBytes", written.fileBytes},
                        {"records", written.records},
                        {"features", blocksToJson(written.header)}};
    for (const Json::Member& member : saying.members) object.push_back(member);
    object.emplace_back("notes", Json::Array(draft.notes.begin(), draft.notes.end()));
    object.emplace_back("privacy", privacyNote);
    printJson(object);
    return;
  }
  Facts facts;
  facts.add("Wrote", printable(output.path) + ", " + humanBytes(written.fileBytes));
  facts.add("Records", counted(written.records, "record") + ", " +
                           humanBytes(written.fileBytes / written.records) + " each");
  for (const FeatureBlock& block : written.header.features)
    facts.add("Features", describeBlock(written.header, block));
  for (const auto& [title, text] : saying.lines) facts.addText(title, text);
  for (const std::string& note : draft.notes) facts.addText("Note", note);
  printText(facts.text() + privacyNote + "\n");
}

std::string didYouMean(const std::string& word, const std::vector<std::string>& names) {
  const std::string nearest = nearestWord(word, names);
  return nearest.empty() ? std::string() : "Did you mean " + inQuotes(nearest) + "?";
}

std::vector<std::string> separated(const std::vector<std::string>& words,
                                   const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& word : words) {
    if (std::ranges::find(names, word) != names.end()) {
      all.push_back(word);
      continue;
    }
    for (size_t start = 0; start <= word.size();) {
      const size_t comma = std::min(word.find(',', start), word.size());
      if (const std::string part = trimmed(word.substr(start, comma - start)); !part.empty())
        all.push_back(part);
      start = comma + 1;
    }
  }
  return all;
}

}  // namespace pith::cli
