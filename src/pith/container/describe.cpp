// SPDX-License-Identifier: Apache-2.0
#include "pith/container/describe.h"

namespace pith {

Json describeDataset(const DatasetInfo& dataset) {
  return Json::Object{{"title", dataset.title},   {"author", dataset.author},   {"contact", dataset.contact},
                      {"source", dataset.source}, {"licence", dataset.licence}, {"notes", dataset.notes}};
}

Json describeEncoder(const EncoderInfo& encoder) {
  return Json::Object{{"name", encoder.name},
                      {"modelSha256", toHex(encoder.modelSha256)},
                      {"recipe", recipeToJson(encoder.recipe)},
                      {"tap", encoder.tap},
                      {"tapShape", Json::Array(encoder.tapShape.begin(), encoder.tapShape.end())},
                      {"pooling", poolingName(encoder.pooling)},
                      {"featureCount", encoder.featureCount},
                      {"engine", encoder.engine}};
}

Json describeNarrowing(const NarrowingError& narrowing) {
  return Json::Object{{"maxAbsolute", narrowing.maxAbsolute},
                      {"rootMeanSquare", narrowing.rootMeanSquare},
                      {"relativeL2", narrowing.relativeL2}};
}

Json describeSections(const std::vector<SectionInfo>& sections) {
  Json::Array array;
  for (const SectionInfo& section : sections) {
    array.push_back(Json::Object{{"name", section.name},
                                 {"offsetBytes", section.offsetBytes},
                                 {"lengthBytes", section.lengthBytes},
                                 {"sha256", toHex(section.sha256)}});
  }
  return array;
}

}  // namespace pith
