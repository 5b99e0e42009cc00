// SPDX-License-Identifier: Apache-2.0
/// @file Small containers for the tests: fixed descriptions, records drawn from a generator.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "pith/container/reader.h"
#include "pith/container/writer.h"

namespace pith::test {

inline EncoderInfo exampleEncoder(int featureCount) {
  EncoderInfo encoder;
  encoder.name = "example-net";
  encoder.modelSha256 = sha256(asBytes("example model"));
  encoder.recipe = *parseRecipe(R"({"size":[224,192],"fit":"letterbox","channels":"grey"})");
  encoder.tap = "features.18";
  encoder.tapShape = {7, 6, featureCount};
  encoder.featureCount = featureCount;
  encoder.engine = "example engine 1";
  return encoder;
}

inline DatasetInfo exampleDataset() {
  return {.title = "Thorax, Übersicht", .author = "A. Author", .contact = "author@example.org",
          .source = "drawn by a program", .licence = "CC0-1.0", .notes = "two\nlines"};
}

inline std::vector<LabelColumn> exampleColumns() {
  return {{"finding", LabelType::categorical, {"normal", "pneumonia", "unused"}},
          {"age", LabelType::number, {}},
          {"remark", LabelType::text, {}}};
}

/// One block, one grouping, one split and exampleColumns().
inline ContainerHeader exampleHeader(int featureCount, FeatureType type) {
  return {.dataset = exampleDataset(),
          .encoders = {{.info = exampleEncoder(featureCount)}},
          .features = {{.name = "example", .type = type}},
          .labelColumns = exampleColumns(),
          .groupings = {{.name = "patient"}},
          .splits = {{.name = "split", .parts = {"train", "valid", "test"}, .grouping = 0}}};
}

/// The same without anything about records.
inline ContainerHeader plainHeader(int featureCount, FeatureType type) {
  return {.encoders = {{.info = exampleEncoder(featureCount)}}, .features = {{.name = "example", .type = type}}};
}

struct Row {
  Record record{};
  std::vector<float> features{};
};

/// Rows for exampleHeader(): every kind of value, missing ones, groups, names, and some rows twice.
inline std::vector<Row> exampleRows(size_t count, int featureCount, uint32_t generatorSeed) {
  std::mt19937 generator(generatorSeed);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(generator() % bound); };
  std::vector<Row> rows;
  while (rows.size() < count) {
    Row row;
    row.record.splits.resize(1);
    if (const uint32_t part = below(4); part != 3) row.record.splits[0] = static_cast<uint8_t>(part);
    row.record.groups.resize(1);
    if (below(4) != 0) row.record.groups[0] = 1000 + below(5);
    if (below(2) != 0) row.record.name = "film " + std::to_string(below(100)) + ".png";
    row.record.labels.resize(3);
    if (below(3) != 0) row.record.labels[0] = below(2);
    if (below(3) != 0) row.record.labels[1] = 0.5 * below(100);
    if (below(3) != 0) row.record.labels[2] = std::string(1 + below(20), 'x');
    for (int i = 0; i < featureCount; ++i) row.features.push_back(static_cast<float>(below(5121)) / 256.0f - 10.0f);
    rows.push_back(row);
    if (below(3) == 0 && rows.size() < count) rows.push_back(rows[below(static_cast<uint32_t>(rows.size()))]);
  }
  return rows;
}

inline ContainerWriter writerOf(ContainerHeader header, const std::vector<Row>& rows) {
  ContainerWriter writer(std::move(header));
  for (const Row& row : rows) {
    const Status added = writer.add(row.record, row.features);
    EXPECT_TRUE(added.ok()) << (added.ok() ? "" : added.error().detail);
  }
  return writer;
}

inline std::vector<uint8_t> bytesOf(const ContainerWriter& writer, const WriteOptions& options) {
  Result<std::vector<uint8_t>> bytes = writer.toBytes(options);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().detail);
  return bytes.ok() ? *bytes : std::vector<uint8_t>();
}

inline std::vector<uint8_t> bytesOf(const std::vector<Row>& rows, int featureCount, FeatureType type, uint64_t seed) {
  return bytesOf(writerOf(exampleHeader(featureCount, type), rows), {.seed = seedFromNumber(seed)});
}

}  // namespace pith::test
