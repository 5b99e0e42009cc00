// SPDX-License-Identifier: Apache-2.0
// Bytes become records: the writer refuses them, or its file opens, verifies, and is the same for the reversed order.
#include <algorithm>
#include <cstdlib>

#include "pith/container/compress.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"

namespace {

/// Takes values from the input's front; zeros where it has ended.
class Source {
 public:
  explicit Source(pith::ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  template <typename T>
  T take() {
    T value{};
    const size_t count = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  std::string text() {
    const size_t count = std::min<size_t>(take<uint8_t>() % 16, bytes_.size());
    const std::string text(pith::asText(bytes_.first(count)));
    bytes_ = bytes_.subspan(count);
    return text;
  }

 private:
  pith::ByteView bytes_;
};

struct Row {
  pith::Record record;
  std::vector<float> features;
};

Row takeRow(Source& source, size_t featureCount) {
  Row row;
  const uint8_t kind = source.take<uint8_t>();
  row.record.splits = {kind % 4 == 3 ? std::nullopt : std::optional(static_cast<uint8_t>(kind % 4))};
  row.record.groups = {kind & 4 ? std::optional<uint32_t>(source.take<uint8_t>()) : std::nullopt};
  if (kind & 8) row.record.name = source.text();
  row.record.labels.resize(5);
  if (kind & 16) row.record.labels[0] = uint32_t{source.take<uint8_t>()};
  if (kind & 32) row.record.labels[1] = source.take<double>();
  if (kind & 64) row.record.labels[2] = source.text();
  if (kind & 128) row.record.labels[3] = pith::Year{source.take<int16_t>()};
  if (kind & 16) row.record.labels[4] = pith::States{static_cast<pith::State>(source.take<int8_t>()), pith::State::absent};
  while (row.features.size() < featureCount) row.features.push_back(source.take<float>());
  return row;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Source source({data, size});
  pith::EncoderInfo encoder;
  encoder.featureCount = 1 + source.take<uint8_t>() % 4;
  encoder.tapShape = {encoder.featureCount};
  encoder.recipe = *pith::parseRecipe(R"({"size":[8,8]})");
  const pith::ContainerHeader header{
      .dataset = {.title = source.text()},
      .encoders = {{.info = encoder}},
      .features = {{.name = "f", .type = static_cast<pith::FeatureType>(source.take<uint8_t>() % 5)}},
      .labelColumns = {{"c", pith::LabelType::categorical, {"a", "b"}},
                       {"n", pith::LabelType::number},
                       {"t", pith::LabelType::text},
                       {"y", pith::LabelType::year},
                       {"m", pith::LabelType::multiLabel, {"x", "y"}}},
      .groupings = {{.name = "g"}},
      .splits = {{.name = "s", .parts = {"train", "valid", "test"}, .grouping = 0}}};
  pith::WriteOptions options;
  if (source.take<uint8_t>() % 2 == 1) options.compress = pith::zstdCompressor(1);

  pith::ContainerWriter forward(header);
  pith::ContainerWriter backward(header);
  std::vector<Row> rows;
  while (!source.empty()) rows.push_back(takeRow(source, static_cast<size_t>(encoder.featureCount)));
  for (const Row& row : rows) static_cast<void>(forward.add(row.record, row.features));
  std::ranges::reverse(rows);
  for (const Row& row : rows) static_cast<void>(backward.add(row.record, row.features));

  const pith::Result<std::vector<uint8_t>> file = forward.toBytes(options);
  const pith::Result<std::vector<uint8_t>> again = backward.toBytes(options);
  if (file.ok() != again.ok()) std::abort();
  if (!file) return 0;
  if (*file != *again) std::abort();
  const pith::Result<pith::Container> container = pith::Container::open(*file);
  if (!container || !container->verify() || container->recordCount() != forward.recordCount()) std::abort();
  return 0;
}
