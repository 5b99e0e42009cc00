// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "pith/transform/merge_parts.h"

namespace pith::merging {
namespace {

using Field = std::string& (*)(DatasetInfo&);

/// The different texts of a field, without empty ones, in the order of the files.
std::vector<std::string> textsOf(const Merge& merge, Field field) {
  std::vector<std::string> texts;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    DatasetInfo dataset = merge.header(s).dataset;
    const std::string& text = field(dataset);
    if (!text.empty() && std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
  }
  return texts;
}

std::string joinedTexts(const std::vector<std::string>& texts, const char* between) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : between) + text;
  return joined;
}

/// Terms of use bind: they are kept where all files state the same.
Status joinLicence(Merge& merge) {
  std::string& licence = merge.draft.header.dataset.licence;
  licence = merge.options.dataset.licence;
  if (!licence.empty()) return {};
  const auto field = [](DatasetInfo& dataset) -> std::string& { return dataset.licence; };
  const std::vector<std::string> texts = textsOf(merge, field);
  if (texts.size() > 1) {
    return refusal("the licences differ: " + listOfNames(texts) +
                   ". --licence says which one holds for the merged file");
  }
  if (texts.size() == 1) licence = texts[0];
  const auto silent = [&](const Container* source) { return source->header().dataset.licence.empty(); };
  if (texts.size() == 1 && std::ranges::any_of(merge.sources, silent)) {
    licence.clear();
    merge.draft.notes.push_back(
        "no licence is stated, because not every file states one; --licence gives one");
  }
  return {};
}

/// What would be true of one file only: a line for each in the notes.
std::string describeOrigin(const DatasetInfo& dataset, size_t records) {
  std::string line =
      "Merged from " + (dataset.title.empty() ? "a file without a title" : inMarks(dataset.title));
  if (!dataset.version.empty()) line += ", version " + dataset.version;
  if (!dataset.identifier.empty()) line += ", " + dataset.identifier;
  if (!dataset.citation.empty()) line += ", to be cited as " + inMarks(dataset.citation);
  return line + ": " + std::to_string(records) + " records";
}

void joinContacts(Merge& merge) {
  std::vector<Contact>& joined = merge.draft.header.dataset.contacts;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const Container* source : merge.sources) {
    for (const Contact& contact : source->header().dataset.contacts) {
      if (seen.emplace(contact.name, contact.email, contact.role).second) joined.push_back(contact);
    }
  }
}

Status joinDataset(Merge& merge) {
  DatasetInfo& dataset = merge.draft.header.dataset;
  const std::pair<Field, const char*> joinedFields[] = {
      {[](DatasetInfo& d) -> std::string& { return d.title; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.author; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.contact; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.source; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.notes; }, "\n"},
      {[](DatasetInfo& d) -> std::string& { return d.augmentation; }, "\n"},
      {[](DatasetInfo& d) -> std::string& { return d.original.author; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.original.source; }, "; "},
      {[](DatasetInfo& d) -> std::string& { return d.original.licence; }, "; "}};
  DatasetInfo given = merge.options.dataset;
  for (const auto& [field, between] : joinedFields) {
    field(dataset) = field(given).empty() ? joinedTexts(textsOf(merge, field), between) : field(given);
  }
  dataset.version = given.version;
  dataset.identifier = given.identifier;
  dataset.citation = given.citation;
  if (given.notes.empty()) {
    for (const Container* source : merge.sources) {
      const std::string line = describeOrigin(source->header().dataset, source->recordCount());
      dataset.notes += (dataset.notes.empty() ? "" : "\n") + line;
    }
  }
  joinContacts(merge);
  return joinLicence(merge);
}

auto fieldsOf(const DocumentInfo& d) {
  return std::tie(d.fileName, d.mediaType, d.title, d.shortDescription, d.longDescription, d.author,
                  d.credits, d.licence, d.date, d.originallyAvailableAt, d.howToCite, d.publishedAt,
                  d.contact, d.version);
}

/// Documents that agree in bytes and description are kept once.
Status joinDocuments(Merge& merge) {
  Draft& draft = merge.draft;
  std::vector<DocumentInfo>& joined = draft.header.documents;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    const std::vector<DocumentInfo>& documents = merge.header(s).documents;
    for (size_t k = 0; k < documents.size(); ++k) {
      PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, merge.sources[s]->document(k));
      size_t place = 0;
      while (place < joined.size() &&
             (fieldsOf(joined[place]) != fieldsOf(documents[k]) || draft.documents[place] != bytes)) {
        ++place;
      }
      if (place == joined.size()) {
        joined.push_back(documents[k]);
        draft.documents.push_back(std::move(bytes));
      }
      merge.places[s].documents.push_back(static_cast<uint32_t>(place));
    }
  }
  return {};
}

void joinTransforms(Merge& merge) {
  std::vector<std::string>& joined = merge.draft.header.transforms;
  std::map<std::string, uint32_t> known;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    for (const std::string& transform : merge.header(s).transforms) {
      const auto [place, isNew] = known.emplace(transform, static_cast<uint32_t>(joined.size()));
      if (isNew) joined.push_back(transform);
      merge.places[s].transforms.push_back(place->second);
    }
  }
}

auto fieldsOf(const Head& h) {
  return std::tie(h.name, h.task, h.label, h.features, h.split, h.loss, h.classWeights, h.optimizer,
                  h.learningRate, h.momentum, h.weightDecay, h.batchSize, h.epochs, h.seed, h.note);
}
bool sameLayers(const Head& a, const Head& b) {
  return std::ranges::equal(a.layers, b.layers, [](const Layer& x, const Layer& y) {
    return x.kind == y.kind && x.outputs == y.outputs && x.rate == y.rate && x.epsilon == y.epsilon;
  });
}

/// Class weights stand in the order of the categories, which may be another one in the joined column.
void placeWeights(std::vector<float>& weights, const std::vector<uint32_t>& places) {
  if (weights.size() != places.size()) return;  // there are none, or the label has no categories
  std::vector<float> placed(weights.size());
  for (size_t c = 0; c < places.size(); ++c) placed[places[c]] = weights[c];
  weights = std::move(placed);
}

/// Heads whose last layer no longer fits the joined categories go; scores go with the data that they were
/// reached on.
void joinHeads(Merge& merge) {
  std::vector<Head>& joined = merge.draft.header.heads;
  bool scored = false;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    const ContainerHeader& header = merge.header(s);
    Places& places = merge.places[s];
    for (Head head : header.heads) {
      const size_t before = header.labelColumns[head.label].categories.size();
      const std::vector<uint32_t>& categories = places.categories[head.label];
      head.label = places.columns[head.label];
      const size_t after = merge.draft.header.labelColumns[head.label].categories.size();
      places.heads.emplace_back();
      if (before != after) {
        merge.draft.notes.push_back("the suggested head " + inMarks(head.name) + " of " + fileName(s) +
                                    " is left out: its label has " + std::to_string(after) +
                                    " categories now, not " + std::to_string(before));
        continue;
      }
      placeWeights(head.classWeights, categories);
      for (uint32_t& block : head.features) {
        const auto& blocks = merge.draft.blocks;
        const auto place =
            std::ranges::find_if(blocks, [&](const auto& blockOf) { return blockOf[s] == block; });
        block = static_cast<uint32_t>(place - blocks.begin());
      }
      if (head.split) head.split = places.splits[*head.split];
      scored = scored || head.score;
      head.score.reset();
      const auto same = [&](const Head& other) {
        return fieldsOf(other) == fieldsOf(head) && sameLayers(other, head);
      };
      const auto place = std::ranges::find_if(joined, same);
      places.heads.back() = static_cast<uint32_t>(place - joined.begin());
      if (place == joined.end()) joined.push_back(std::move(head));
    }
  }
  if (scored) {
    merge.draft.notes.push_back(
        "scores of suggested heads are left out: they were reached with the records of one file");
  }
}

void joinSavings(Merge& merge) {
  const auto has = [](const Container* source) { return source->header().savings.has_value(); };
  if (std::ranges::none_of(merge.sources, has)) return;
  if (!std::ranges::all_of(merge.sources, has)) {
    merge.draft.notes.push_back("sizes and times of the originals are left out: not every file states them");
    return;
  }
  Savings sum = *merge.header(0).savings;
  // A figure that one file lacks is missing of the whole.
  const auto add = [](auto& total, auto value) { total = total > 0 && value > 0 ? total + value : 0; };
  for (size_t s = 1; s < merge.sources.size(); ++s) {
    const Savings& savings = *merge.header(s).savings;
    add(sum.originalCount, savings.originalCount);
    add(sum.originalBytes, savings.originalBytes);
    add(sum.encodingSeconds, savings.encodingSeconds);
    add(sum.loadingSeconds, savings.loadingSeconds);
    add(sum.headSeconds, savings.headSeconds);
    if (savings.epochs != sum.epochs) sum.epochs = 0;
  }
  merge.draft.header.savings = sum;
}

IndexMap asMap(const std::vector<uint32_t>& places) { return IndexMap(places.begin(), places.end()); }

/// What a file declares as not known stays so where the merged file says nothing either.
void joinNotKnown(Merge& merge) {
  ContainerHeader& header = merge.draft.header;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    std::vector<std::string> paths = merge.header(s).notKnown;
    IndexMap encoders(merge.header(s).encoders.size()), blocks(merge.header(s).features.size());
    for (uint32_t b = 0; b < header.features.size(); ++b) {
      const uint32_t block = merge.draft.blocks[b][s];
      blocks[block] = b;
      encoders[merge.header(s).features[block].encoder] = header.features[b].encoder;
    }
    renumberPaths(paths, "encoders", encoders);
    renumberPaths(paths, "features", blocks);
    renumberPaths(paths, "labels", asMap(merge.places[s].columns));
    renumberPaths(paths, "groupings", asMap(merge.places[s].groupings));
    renumberPaths(paths, "splits", asMap(merge.places[s].splits));
    renumberPaths(paths, "documents", asMap(merge.places[s].documents));
    renumberPaths(paths, "heads", merge.places[s].heads);
    header.notKnown.insert(header.notKnown.end(), paths.begin(), paths.end());
  }
  tidyNotKnown(header);
}

}  // namespace

Status joinInfo(Merge& merge) {
  PITH_RETURN_IF_ERROR(joinDataset(merge));
  PITH_RETURN_IF_ERROR(joinDocuments(merge));
  joinTransforms(merge);
  joinHeads(merge);
  joinSavings(merge);
  joinNotKnown(merge);
  return {};
}

}  // namespace pith::merging
