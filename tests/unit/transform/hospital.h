// SPDX-License-Identifier: Apache-2.0
/// @file Containers that hold something of everything, as a hospital would make them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "pith/container/compress.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"
#include "pith/transform/draft.h"

namespace pith::test {

struct Hospital {
  std::string name = "North";
  uint64_t seed = 1;  // of records, features and ids
  size_t records = 40;
  FeatureType type = FeatureType::f16;
  bool views = true;
  bool compressed = false;
};

inline EncoderDescription encoderNamed(const std::string& name, int featureCount) {
  EncoderDescription encoder;
  encoder.info.name = name;
  encoder.info.modelSha256 = sha256(asBytes(name));
  encoder.info.recipe = *parseRecipe(R"({"size":[32,32],"fit":"letterbox","channels":"grey"})");
  encoder.info.tap = "features.18";
  encoder.info.tapShape = {2, 2, featureCount};
  encoder.info.featureCount = featureCount;
  encoder.info.engine = "an engine";
  encoder.family = "Example";
  encoder.training = {{"batch_size", "64"}};
  return encoder;
}

/// Two blocks of 5 and 3 dimensions, one column of each type, two groupings, a split, a head, a document.
inline ContainerHeader hospitalHeader(const Hospital& hospital) {
  ContainerHeader header;
  header.dataset.title = hospital.name + " films";
  header.dataset.author = "Radiology " + hospital.name;
  header.dataset.licence = "CC-BY-4.0";
  header.dataset.version = "1";
  header.dataset.contacts = {{hospital.name, EntityKind::hospital, "", "consent"}};
  header.encoders = {encoderNamed("large-net", 5), encoderNamed("small-net", 3)};
  header.features = {{.name = "large", .encoder = 0, .type = hospital.type},
                     {.name = "small", .encoder = 1, .type = hospital.type}};
  header.groupings = {{.name = "patient"}, {.name = "study"}};
  header.labelColumns.resize(6);
  const auto column = [&](size_t k, const char* name, LabelType type,
                          std::vector<std::string> categories = {}) {
    header.labelColumns[k].name = name;
    header.labelColumns[k].type = type;
    header.labelColumns[k].categories = std::move(categories);
  };
  column(0, "finding", LabelType::categorical, {"normal", "pneumonia"});
  column(1, "age", LabelType::number);
  column(2, "remark", LabelType::text);
  column(3, "severity", LabelType::ordinal, {"mild", "moderate", "severe"});
  column(4, "findings", LabelType::multiLabel, {"effusion", "nodule", "fracture"});
  column(5, "taken", LabelType::year);
  header.labelColumns[1].unit = "a";
  header.splits.resize(1);
  header.splits[0].name = "holdout";
  header.splits[0].parts = {"train", "test"};
  header.splits[0].grouping = 0;
  Head head;
  head.name = "linear";
  head.label = 0;
  head.features = {0, 1};
  head.split = 0;
  head.layers = {{.kind = LayerKind::linear, .outputs = 2}};
  head.score = HeadScore{.metric = "AUROC", .value = 0.9, .part = 1};
  header.heads = {head};
  header.documents.resize(1);
  header.documents[0].fileName = "consent.txt";
  header.documents[0].mediaType = "text/plain";
  header.transforms = hospital.views ? std::vector<std::string>{"flipped"} : std::vector<std::string>{};
  header.notKnown = {"dataset.source", "labels.2.description"};
  header.savings = Savings{
      .originalCount = hospital.records, .originalBytes = 1000 * hospital.records, .encodingSeconds = 2};
  return header;
}

/// Records of patients with one to four films each; some films have a flipped view.
inline std::vector<uint8_t> hospitalBytes(const Hospital& hospital,
                                          std::optional<ContainerHeader> changed = {}) {
  std::mt19937_64 generator(hospital.seed);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(generator() % bound); };
  ContainerWriter writer(changed ? *changed : hospitalHeader(hospital));
  uint32_t patient = 0;
  Record record;
  for (size_t i = 0; i < hospital.records; ++i) {
    std::vector<float> large(5), small(3);
    for (float& value : large) value = static_cast<float>(below(20001)) / 1000.0f - 10.0f;
    for (float& value : small) value = static_cast<float>(below(2001)) / 1000.0f;
    if (hospital.views && i % 7 == 6 && !record.view) {
      record.view = ViewOf{i - 1, 0};
    } else {
      if (below(3) == 0) ++patient;
      record = Record();
      record.groups = {patient, 100 + static_cast<uint32_t>(i) / 2 + 1000 * patient};
      record.splits = {static_cast<uint8_t>(patient % 3 == 0 ? 1 : 0)};
      record.labels.resize(6);
      if (below(5) != 0) record.labels[0] = below(2);
      if (below(5) != 0) record.labels[1] = static_cast<double>(below(90));
      if (below(2) != 0) record.labels[2] = std::string("text ") + std::to_string(below(9));
      if (below(4) != 0) record.labels[3] = below(3);
      record.labels[4] = States{below(2) != 0 ? State::present : State::absent, State::uncertain,
                                below(2) != 0 ? State::missing : State::present};
      if (below(4) != 0) record.labels[5] = Year{2000 + static_cast<int32_t>(below(20))};
    }
    const std::span<const float> features[] = {large, small};
    const Status added = writer.add(record, features);
    EXPECT_TRUE(added.ok()) << added.error().detail;
  }
  const std::string consent = "We consent.";
  EXPECT_TRUE(writer.setDocument(0, std::vector<uint8_t>(consent.begin(), consent.end())).ok());
  EXPECT_TRUE(writer.setProbe(0, std::vector<float>(15, 0.5f)).ok());
  WriteOptions options;
  options.seed = seedFromNumber(hospital.seed);
  if (hospital.compressed) options.compress = zstdCompressor();
  Result<std::vector<uint8_t>> bytes = writer.toBytes(options);
  EXPECT_TRUE(bytes.ok()) << bytes.error().detail;
  return bytes ? std::move(*bytes) : std::vector<uint8_t>();
}

/// A container with its bytes.
class Opened {
 public:
  explicit Opened(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)), container_(open()) {}
  explicit Opened(const Hospital& hospital) : Opened(hospitalBytes(hospital)) {}
  Opened(Opened&&) = default;

  const Container& operator*() const { return *container_; }
  const Container* operator->() const { return &*container_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::unique_ptr<Container> open() {
    Result<Container> opened = Container::open(bytes_);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    if (!opened) std::abort();
    const Status verified = opened->verify();
    EXPECT_TRUE(verified.ok()) << verified.error().detail;
    return std::make_unique<Container>(std::move(*opened));
  }
  std::vector<uint8_t> bytes_;
  std::unique_ptr<Container> container_;
};

inline Opened written(const Draft& draft, bool compressed = false) {
  DraftOptions options;
  if (compressed) options.compress = zstdCompressor();
  std::vector<uint8_t> bytes;
  const Status status = writeDraft(draft, options, [&](ByteView piece) -> Status {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  return Opened(std::move(bytes));
}
inline Opened written(const Result<Draft>& draft) {
  EXPECT_TRUE(draft.ok()) << draft.error().detail;
  return written(*draft);
}

inline std::optional<size_t> rowOf(const Container& container, const RecordId& id) {
  for (size_t row = 0; row < container.recordCount(); ++row) {
    if (container.id(row) == id) return row;
  }
  return std::nullopt;
}

/// Whether the errors that a block states hold against the float32 values of a container with the same ids.
inline void expectErrorsHold(const Container& container, const Container& exact) {
  for (size_t block = 0; block < container.header().features.size(); ++block) {
    double largest = 0, errors = 0, size = 0, count = 0;
    for (size_t row = 0; row < container.recordCount(); ++row) {
      const auto exactRow = rowOf(exact, container.id(row));
      ASSERT_TRUE(exactRow.has_value());
      const std::vector<float> stored = *container.features(row, block),
                               wanted = *exact.features(*exactRow, block);
      for (size_t d = 0; d < stored.size(); ++d) {
        const double difference = static_cast<double>(stored[d]) - static_cast<double>(wanted[d]);
        largest = std::max(largest, std::abs(difference));
        errors += difference * difference;
        size += static_cast<double>(wanted[d]) * static_cast<double>(wanted[d]);
        count += 1;
      }
    }
    // The sums here are in another order than those of the library: a few roundings of float64.
    constexpr double rounding = 1 + 1e-12;
    const NarrowingError& stated = container.header().features[block].narrowing;
    EXPECT_LE(largest, stated.maxAbsolute * rounding);
    EXPECT_LE(std::sqrt(errors / count), stated.rootMeanSquare * rounding);
    EXPECT_LE(std::sqrt(errors / size), stated.relativeL2 * rounding);
  }
}

}  // namespace pith::test
