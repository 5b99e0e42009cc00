// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/base/json.h"
#include "pith/extract/probe.h"
#include "pith/transform/error_bounds.h"
#include "pith/transform/merge_parts.h"

namespace pith::merging {
namespace {

/// What makes two encoders give different features; empty where nothing does.
std::string differenceOf(const EncoderDescription& a, const EncoderDescription& b, bool trustUnknown) {
  if (!(a.modelKnown && b.modelKnown) && !trustUnknown) return "which model it is, is not known";
  if (a.modelKnown && b.modelKnown && a.info.modelSha256 != b.info.modelSha256)
    return "the model's SHA-256 differs";
  if (!(a.recipeKnown && b.recipeKnown) && !trustUnknown) return "how images were prepared, is not known";
  if (a.recipeKnown && b.recipeKnown &&
      recipeToJson(a.info.recipe).dump() != recipeToJson(b.info.recipe).dump()) {
    return "images were prepared by different recipes";
  }
  if (a.info.tap != b.info.tap) return "the taps are " + inMarks(a.info.tap) + " and " + inMarks(b.info.tap);
  if (a.info.tapShape != b.info.tapShape) return "the taps have different shapes";
  if (a.info.pooling != b.info.pooling || a.info.poolingPower != b.info.poolingPower)
    return "they pool differently";
  if (a.info.featureCount != b.info.featureCount) {
    return std::to_string(a.info.featureCount) + " and " + std::to_string(b.info.featureCount) + " features";
  }
  return {};
}

const EncoderDescription& encoderOf(const ContainerHeader& header, size_t block) {
  return header.encoders[header.features[block].encoder];
}

/// The block of `header` that goes with one of the first file's: by name, else the only one of that encoder.
Result<uint32_t> findBlock(const Merge& merge, size_t source, size_t firstBlock) {
  const ContainerHeader& first = merge.header(0);
  const ContainerHeader& header = merge.header(source);
  const std::string& name = first.features[firstBlock].name;
  const EncoderDescription& wanted = encoderOf(first, firstBlock);
  const bool trust = merge.options.trustUnknownModels;
  if (const size_t block = findName(header.features, name); block < header.features.size()) {
    const std::string difference = differenceOf(wanted, encoderOf(header, block), trust);
    if (difference.empty()) return static_cast<uint32_t>(block);
    return refusal("the features " + inMarks(name) + " of file 1 and " + fileName(source) +
                   " are of different encoders: " + difference);
  }
  std::vector<uint32_t> same;
  for (uint32_t block = 0; block < header.features.size(); ++block) {
    if (differenceOf(wanted, encoderOf(header, block), trust).empty()) same.push_back(block);
  }
  if (same.size() == 1) return same[0];
  return refusal(fileName(source) + " has no features " + inMarks(name) + "; it has " +
                 listOfNames(namesOf(header.features)) +
                 ". `pith select --features` keeps what all files have");
}

/// Compares the parity probes of a block in all files, and keeps the first there is.
Status joinProbes(Merge& merge, size_t block) {
  Draft& draft = merge.draft;
  const std::string& name = draft.header.features[block].name;
  std::span<const float> first;
  std::string lacking;
  size_t lackingCount = 0;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    const std::span<const float> probe = merge.sources[s]->probe(draft.blocks[block][s]);
    if (probe.empty()) {
      lacking += (lackingCount++ == 0 ? "" : ", ") + fileName(s);
    } else if (first.empty()) {
      first = probe;
    } else if (const ProbeComparison comparison = compareProbe(first, probe, probeTolerance);
               comparison.match == ProbeMatch::different) {
      return refusal("the parity probes of the features " + inMarks(name) + " are " +
                     Json(comparison.distance).dump() + " apart (relative) in " + fileName(s) +
                     " and the files before it; at most " + Json(probeTolerance).dump() +
                     " is allowed: they were not computed alike");
    }
  }
  if (lackingCount > 0) {
    draft.notes.push_back(lacking + (lackingCount == 1 ? " holds" : " hold") +
                          " no parity probe of the features " + inMarks(name) +
                          ", so that nothing tells whether they were computed alike");
  }
  draft.probes.emplace_back(first.begin(), first.end());
  return {};
}

Status joinTypes(Merge& merge, FeatureBlock& block, const std::vector<uint32_t>& blockOf) {
  std::vector<NarrowedPart> parts;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    const FeatureBlock& other = merge.header(s).features[blockOf[s]];
    if (other.type != block.type && !merge.options.type) {
      return refusal("the features " + inMarks(block.name) + " are stored as " +
                     std::string(nameOf(block.type)) + " in file 1 and as " +
                     std::string(nameOf(other.type)) + " in " + fileName(s) +
                     "; --type says how the merged file shall store them");
    }
    const double count = static_cast<double>(merge.sources[s]->recordCount());
    parts.push_back(
        {other.narrowing, count * static_cast<double>(merge.sources[s]->featureCount(blockOf[s]))});
  }
  block.narrowing = boundOfJoined(parts);
  if (merge.options.type) block.type = *merge.options.type;
  return {};
}

/// The first file's text, or the next file's where that is empty.
void fillIn(std::string& text, const std::string& other) {
  if (text.empty()) text = other;
}

void fillIn(Entries& entries, const Entries& others) {
  for (const auto& other : others) {
    if (other.second.starts_with("document:")) continue;  // it names a document by the other file's number
    const auto place = std::ranges::lower_bound(entries, other.first, {}, &Entries::value_type::first);
    if (place == entries.end() || place->first != other.first) entries.insert(place, other);
  }
}

void fillIn(EncoderDescription& encoder, const EncoderDescription& other) {
  fillIn(encoder.family, other.family);
  fillIn(encoder.type, other.type);
  fillIn(encoder.architectureSource, other.architectureSource);
  fillIn(encoder.weightsSource, other.weightsSource);
  fillIn(encoder.licence, other.licence);
  fillIn(encoder.citation, other.citation);
  fillIn(encoder.model, other.model);
  fillIn(encoder.dataProcessing, other.dataProcessing);
  fillIn(encoder.performance, other.performance);
  fillIn(encoder.training, other.training);
}

}  // namespace

Status joinBlocks(Merge& merge) {
  ContainerHeader& header = merge.draft.header;
  header.encoders = merge.header(0).encoders;
  header.features = merge.header(0).features;
  for (size_t b = 0; b < header.features.size(); ++b) {
    std::vector<uint32_t> blockOf;
    for (size_t s = 0; s < merge.sources.size(); ++s) {
      PITH_ASSIGN_OR_RETURN(const uint32_t block, findBlock(merge, s, b));
      blockOf.push_back(block);
      fillIn(header.encoders[header.features[b].encoder], encoderOf(merge.header(s), block));
    }
    PITH_RETURN_IF_ERROR(joinTypes(merge, header.features[b], blockOf));
    merge.draft.blocks.push_back(std::move(blockOf));
    PITH_RETURN_IF_ERROR(joinProbes(merge, b));
  }
  for (size_t s = 1; s < merge.sources.size(); ++s) {
    for (uint32_t block = 0; block < merge.header(s).features.size(); ++block) {
      const auto takes = [&](const std::vector<uint32_t>& blockOf) { return blockOf[s] == block; };
      if (std::ranges::any_of(merge.draft.blocks, takes)) continue;
      return refusal("file 1 has no features " + inMarks(merge.header(s).features[block].name) + ", which " +
                     fileName(s) + " has. `pith select --features` keeps what all files have");
    }
  }
  return {};
}

}  // namespace pith::merging
