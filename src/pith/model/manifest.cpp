// SPDX-License-Identifier: Apache-2.0
#include "pith/model/manifest.h"

#include <algorithm>
#include <array>

#include "pith/base/limits.h"
#include "pith/model/json_text.h"

namespace pith {
namespace {

constexpr size_t maxNameBytes = 64;
constexpr size_t maxLineBytes = 200;
constexpr size_t maxParagraphBytes = 4000;
constexpr int64_t maxFeatureCount = 1'000'000;
constexpr std::array<std::string_view, 12> fieldNames = {
    "name", "title",        "file",    "sha256",      "sizeBytes",  "recipe",
    "tap",  "featureCount", "licence", "attribution", "provisional", "compaction"};

Error invalid(std::string detail) { return {ErrorCode::invalidManifest, std::move(detail)}; }

Status checkFields(const Json& json) {
  const Json::Object* object = json.asObject();
  if (!object) return invalid("the manifest is " + seen(json) + "; allowed is an object");
  for (const Json::Member& member : *object) {
    if (std::find(fieldNames.begin(), fieldNames.end(), member.first) == fieldNames.end()) {
      std::string allowed;
      for (std::string_view name : fieldNames) allowed += (allowed.empty() ? "" : ", ") + std::string(name);
      return invalid("unknown field " + quoted(member.first) + "; allowed are " + allowed);
    }
    if (json.find(member.first) != &member.second)
      return invalid(member.first + " is given twice; allowed is once");
  }
  return {};
}

Result<const Json*> required(const Json& json, std::string_view field) {
  if (const Json* member = json.find(field)) return member;
  return invalid(std::string(field) + " is missing; it is required");
}

/// A text of `leastBytes` to `mostBytes` without control characters.
Result<std::string> readText(const Json& value, std::string_view field, size_t leastBytes, size_t mostBytes) {
  const std::string* text = value.asString();
  const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!text || text->size() < leastBytes || text->size() > mostBytes ||
      std::any_of(text->begin(), text->end(), isControl)) {
    return invalid(std::string(field) + " is " + seen(value) + "; allowed is a text of " +
                   std::to_string(leastBytes) + " to " + std::to_string(mostBytes) +
                   " bytes without control characters");
  }
  return *text;
}

Result<std::string> readRequiredText(const Json& json, std::string_view field, size_t mostBytes) {
  PITH_ASSIGN_OR_RETURN(const Json* value, required(json, field));
  return readText(*value, field, 1, mostBytes);
}

bool isLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Result<std::string> readPlainName(const Json& json, std::string_view field) {
  PITH_ASSIGN_OR_RETURN(const Json* value, required(json, field));
  const std::string* text = value->asString();
  const auto isPlain = [](char c) { return isLetterOrDigit(c) || c == '.' || c == '-' || c == '_'; };
  if (!text || text->empty() || text->size() > maxNameBytes || !isLetterOrDigit(text->front()) ||
      !std::all_of(text->begin(), text->end(), isPlain)) {
    const std::string what = text ? "a text of " + std::to_string(text->size()) + " bytes" : seen(*value);
    return invalid(std::string(field) + " is " + what + "; allowed are 1 to " + std::to_string(maxNameBytes) +
                   " letters, digits, '.', '-' or '_', beginning with a letter or digit");
  }
  return *text;
}

Result<int64_t> readInteger(const Json& json, std::string_view field, int64_t most) {
  PITH_ASSIGN_OR_RETURN(const Json* value, required(json, field));
  const int64_t* integer = value->asInteger();
  if (!integer || *integer < 1 || *integer > most) {
    return invalid(std::string(field) + " is " + seen(*value) + "; allowed are whole numbers from 1 to " +
                   std::to_string(most));
  }
  return *integer;
}

Result<std::string> readSha256(const Json& json, std::string_view field) {
  PITH_ASSIGN_OR_RETURN(const Json* value, required(json, field));
  const std::string* text = value->asString();
  const std::optional<Sha256Digest> digest = text ? digestFromHex(*text) : std::nullopt;
  if (!digest) return invalid(std::string(field) + " is " + seen(*value) + "; allowed are 64 hexadecimal digits");
  return toHex(*digest);
}

Result<CompactionInfo> readCompaction(const Json& json) {
  CompactionInfo compaction;
  if (!json.asObject() || json.asObject()->size() != 3)
    return invalid("compaction is " + seen(json) + "; allowed is an object of from, weights and relativeError");
  PITH_ASSIGN_OR_RETURN(compaction.from, readSha256(json, "from"));
  PITH_ASSIGN_OR_RETURN(const Json* weights, required(json, "weights"));
  if (!weights->asString() || (*weights->asString() != "f16" && *weights->asString() != "i8"))
    return invalid("weights is " + seen(*weights) + "; allowed are f16 and i8");
  compaction.weights = *weights->asString();
  PITH_ASSIGN_OR_RETURN(const Json* distance, required(json, "relativeError"));
  if (!distance->isNumber() || !(distance->number() >= 0)) return invalid("relativeError is " + seen(*distance) + "; allowed are numbers from 0");
  compaction.relativeError = distance->number();
  return compaction;
}

Status readOptional(const Json& json, Manifest& manifest) {
  if (const Json* compaction = json.find("compaction")) {
    PITH_ASSIGN_OR_RETURN(manifest.compaction, readCompaction(*compaction));
  }
  if (const Json* tap = json.find("tap")) {
    PITH_ASSIGN_OR_RETURN(manifest.tap, readText(*tap, "tap", 0, maxLineBytes));
  }
  if (const Json* provisional = json.find("provisional")) {
    const bool* flag = provisional->asBool();
    if (!flag) return invalid("provisional is " + seen(*provisional) + "; allowed are true and false");
    manifest.provisional = *flag;
  }
  return {};
}

}  // namespace

Result<Manifest> parseManifest(std::string_view json) {
  const Result<Json> document = Json::parse(json);
  if (!document) return invalid("the manifest is " + document.error().detail);
  PITH_RETURN_IF_ERROR(checkFields(*document));
  Manifest manifest;
  PITH_ASSIGN_OR_RETURN(manifest.name, readPlainName(*document, "name"));
  PITH_ASSIGN_OR_RETURN(manifest.title, readRequiredText(*document, "title", maxLineBytes));
  PITH_ASSIGN_OR_RETURN(manifest.file, readPlainName(*document, "file"));
  PITH_ASSIGN_OR_RETURN(manifest.sha256, readSha256(*document, "sha256"));
  PITH_ASSIGN_OR_RETURN(manifest.sizeBytes, readInteger(*document, "sizeBytes", Limits{}.maxModelBytes));
  PITH_ASSIGN_OR_RETURN(const Json* recipe, required(*document, "recipe"));
  PITH_ASSIGN_OR_RETURN(manifest.recipe, recipeFromJson(*recipe));
  PITH_ASSIGN_OR_RETURN(const int64_t featureCount, readInteger(*document, "featureCount", maxFeatureCount));
  manifest.featureCount = static_cast<int>(featureCount);
  PITH_ASSIGN_OR_RETURN(manifest.licence, readRequiredText(*document, "licence", maxLineBytes));
  PITH_ASSIGN_OR_RETURN(manifest.attribution, readRequiredText(*document, "attribution", maxParagraphBytes));
  PITH_RETURN_IF_ERROR(readOptional(*document, manifest));
  return manifest;
}

Json manifestToJson(const Manifest& manifest) {
  Json::Object json{{"name", manifest.name},
                    {"title", manifest.title},
                    {"file", manifest.file},
                    {"sha256", manifest.sha256},
                    {"sizeBytes", manifest.sizeBytes},
                    {"recipe", recipeToJson(manifest.recipe)},
                    {"tap", manifest.tap},
                    {"featureCount", manifest.featureCount},
                    {"licence", manifest.licence},
                    {"attribution", manifest.attribution}};
  if (manifest.provisional) json.emplace_back("provisional", true);
  if (const auto& compaction = manifest.compaction) {
    json.emplace_back("compaction", Json::Object{{"from", compaction->from},
                                                 {"weights", compaction->weights},
                                                 {"relativeError", compaction->relativeError}});
  }
  return json;
}

namespace {

/// Before the whole file is read.
Status checkSize(const Manifest& manifest, uint64_t sizeBytes) {
  if (manifest.sizeBytes >= 0 && sizeBytes == static_cast<uint64_t>(manifest.sizeBytes)) return {};
  return Error{ErrorCode::weightsMismatch, "the model file has " + std::to_string(sizeBytes) +
                                               " bytes; the manifest says " +
                                               std::to_string(manifest.sizeBytes)};
}

}  // namespace

Status verifyModelFile(const Manifest& manifest, ByteView modelFile) {
  MemorySource source(modelFile);
  return verifyModelFile(manifest, source);
}

Status verifyModelFile(const Manifest& manifest, ModelSource& modelFile) {
  PITH_RETURN_IF_ERROR(checkSize(manifest, modelFile.sizeBytes()));
  PITH_ASSIGN_OR_RETURN(const Sha256Digest seen, sha256(modelFile));
  return verifyModelFile(manifest, modelFile.sizeBytes(), seen);
}

Status verifyModelFile(const Manifest& manifest, uint64_t sizeBytes, const Sha256Digest& seen) {
  PITH_RETURN_IF_ERROR(checkSize(manifest, sizeBytes));
  const std::string digest = toHex(seen);
  if (digest != manifest.sha256) {
    return Error{ErrorCode::weightsMismatch,
                 "the model file's SHA-256 is " + digest + "; the manifest says " + manifest.sha256};
  }
  return {};
}

}  // namespace pith
