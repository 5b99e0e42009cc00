// SPDX-License-Identifier: Apache-2.0
#include "pith/container/reader.h"

#include <algorithm>
#include <map>

#include "pith/container/compress.h"
#include "unit/container/example.h"

namespace pith {
namespace {

using namespace test;

/// A record's content as text that can be compared and sorted, its id and the number of its group left out.
std::string summary(const Record& record, std::span<const float> features) {
  std::string text = std::to_string(record.splits[0].value_or(9)) + "|" + record.name.value_or("-") + "|";
  for (const LabelValue& label : record.labels) {
    if (const auto* index = std::get_if<uint32_t>(&label)) text += "c" + std::to_string(*index);
    if (const auto* number = std::get_if<double>(&label)) text += "n" + std::to_string(*number);
    if (const auto* value = std::get_if<std::string>(&label)) text += "t" + *value;
    text += "|";
  }
  for (float value : features) text += std::to_string(value) + " ";
  return text;
}

TEST(Reader, EveryRecordComesBackAsItWas) {
  for (uint32_t trial = 0; trial < 10; ++trial) {
    const std::vector<Row> rows = exampleRows(1 + trial * 7, 4, trial);
    const std::vector<uint8_t> file = bytesOf(rows, 4, FeatureType::f32, trial);
    const Result<Container> container = Container::open(file);
    ASSERT_TRUE(container.ok()) << container.error().detail;
    ASSERT_TRUE(container->verify().ok());

    std::multimap<std::string, std::optional<uint32_t>> expected, actual;
    for (const Row& row : rows) expected.emplace(summary(row.record, row.features), row.record.groups[0]);
    for (size_t i = 0; i < container->recordCount(); ++i) {
      const Record record = container->record(i);
      actual.emplace(summary(record, *container->features(i)), record.groups[0]);
    }
    ASSERT_EQ(actual.size(), expected.size());
    EXPECT_TRUE(std::ranges::equal(actual, expected, [](const auto& a, const auto& b) { return a.first == b.first; }));
    const auto grouped = [](const auto& all) {
      return std::ranges::count_if(all, [](const auto& entry) { return entry.second.has_value(); });
    };
    EXPECT_EQ(grouped(actual), grouped(expected));
  }
}

TEST(Reader, DescriptionsComeBackAsTheyWere) {
  const std::vector<uint8_t> file = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::i8, 1);
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok()) << container.error().detail;
  const ContainerHeader& header = container->header();
  const EncoderInfo encoder = exampleEncoder(2);
  EXPECT_EQ(header.dataset.title, exampleDataset().title);
  EXPECT_EQ(header.dataset.author, exampleDataset().author);
  EXPECT_EQ(header.dataset.contact, exampleDataset().contact);
  EXPECT_EQ(header.dataset.source, exampleDataset().source);
  EXPECT_EQ(header.dataset.licence, exampleDataset().licence);
  EXPECT_EQ(header.dataset.notes, exampleDataset().notes);
  EXPECT_EQ(header.encoders[0].info.name, encoder.name);
  EXPECT_EQ(header.encoders[0].info.modelSha256, encoder.modelSha256);
  EXPECT_EQ(recipeToJson(header.encoders[0].info.recipe).dump(), recipeToJson(encoder.recipe).dump());
  EXPECT_EQ(header.encoders[0].info.tap, encoder.tap);
  EXPECT_EQ(header.encoders[0].info.tapShape, encoder.tapShape);
  EXPECT_EQ(header.encoders[0].info.pooling, encoder.pooling);
  EXPECT_EQ(header.encoders[0].info.engine, encoder.engine);
  EXPECT_EQ(container->featureCount(), 2u);
  ASSERT_EQ(header.labelColumns.size(), 3u);
  EXPECT_EQ(header.labelColumns[0].categories, exampleColumns()[0].categories);  // the unused one too, in this order
  EXPECT_EQ(header.labelColumns[2].type, LabelType::text);
  EXPECT_EQ(header.features[0].type, FeatureType::i8);
}

TEST(Reader, GroupsAreNumberedByFirstAppearanceAndKeepTheirMembers) {
  std::vector<Row> rows = exampleRows(40, 1, 2);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].features[0] = static_cast<float>(i);
    rows[i].record.groups[0] = static_cast<uint32_t>(i % 7 + 90);
  }
  const std::vector<uint8_t> file = bytesOf(rows, 1, FeatureType::f32, 1);
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  std::map<uint32_t, uint32_t> originals;
  for (size_t i = 0; i < container->recordCount(); ++i) {
    const uint32_t original = static_cast<uint32_t>((*container->features(i))[0]) % 7;
    const uint32_t group = *container->group(0, i);
    if (!originals.contains(group)) EXPECT_EQ(group, originals.size());
    EXPECT_EQ(originals.try_emplace(group, original).first->second, original);
  }
  EXPECT_EQ(originals.size(), 7u);
}

TEST(Reader, EveryTruncationIsRefused) {
  const std::vector<uint8_t> file = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::i8, 1);
  for (size_t length = 0; length < file.size(); ++length) {
    const Result<Container> container = Container::open(ByteView(file).first(length));
    ASSERT_FALSE(container.ok()) << length;
    EXPECT_EQ(container.error().code, ErrorCode::truncatedContainer) << length;
  }
}

TEST(Reader, EveryFlippedBitIsNoticed) {
  for (FeatureType type : {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    std::vector<uint8_t> file = bytesOf(exampleRows(3, 2, 1), 2, type, 1);
    // Every bit of preamble and header, and of the rest one in each byte.
    const size_t headerEnd = 128 + static_cast<size_t>(file[32] + 256 * file[33]);
    for (size_t bit = 0; bit < file.size() * 8; bit += bit / 8 < headerEnd ? 1 : 9) {
      file[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      const Result<Container> container = Container::open(file);
      ASSERT_FALSE(container.ok() && container->verify().ok()) << "bit " << bit;
      file[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    }
    EXPECT_TRUE(Container::open(file)->verify().ok());
  }
}

TEST(Reader, SignaturesAreFoundAndNothingElseMayFollow) {
  const std::vector<uint8_t> plain = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::f16, 1);
  const Result<Container> unsigned_ = Container::open(plain);
  ASSERT_TRUE(unsigned_.ok());
  EXPECT_TRUE(unsigned_->signatures().empty());
  const KeyPair keys = makeKeyPair(sha256(asBytes("somebody")));
  std::vector<uint8_t> file = plain;
  const std::vector<uint8_t> block = encodeSignatures(plain.size(), {signRoot(keys, unsigned_->rootSha256())});
  file.insert(file.end(), block.begin(), block.end());
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok() && container->verify().ok());
  ASSERT_EQ(container->signatures().size(), 1u);
  EXPECT_EQ(container->signatures()[0].publicKey, keys.publicKey);
  EXPECT_EQ(container->rootSha256(), unsigned_->rootSha256());
  for (size_t length = 0; length < file.size(); ++length) {
    const Result<Container> cut = Container::open(ByteView(file).first(length));
    if (length == plain.size()) continue;  // the same file without its signature
    ASSERT_FALSE(cut.ok()) << length;
    EXPECT_EQ(cut.error().code, length < plain.size() ? ErrorCode::truncatedContainer : ErrorCode::corruptContainer);
  }
}

TEST(Reader, CompressedRowsComeBackInAnyOrder) {
  // Rows of 3,000 bytes: 350 to a chunk of 1 MiB, and some across its end.
  const std::vector<Row> rows = exampleRows(1100, 750, 2);
  const ContainerWriter writer = writerOf(exampleHeader(750, FeatureType::f32), rows);
  const std::vector<uint8_t> raw = bytesOf(writer, {}), packed = bytesOf(writer, {.compress = zstdCompressor(1)});
  EXPECT_LT(packed.size(), raw.size());
  const Result<Container> one = Container::open(raw), other = Container::open(packed);
  ASSERT_TRUE(one.ok() && other.ok());
  ASSERT_EQ(other->sections()[0].encoding, Encoding::zstdShuffled);
  EXPECT_TRUE(other->verify().ok());
  std::mt19937 generator(1);
  for (int i = 0; i < 60; ++i) {
    const size_t row = i < 4 ? 348 + static_cast<size_t>(i) : generator() % rows.size();
    ASSERT_EQ(*one->features(row), *other->features(row)) << row;
    ASSERT_EQ(one->record(row).labels, other->record(row).labels);
  }
  for (size_t row = 0; row < rows.size(); ++row) ASSERT_EQ(*one->features(row), *other->features(row)) << row;
}

TEST(Reader, AFileAtAnOddAddressReadsTheSame) {
  const std::vector<uint8_t> file = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::f16, 1);
  std::vector<uint8_t> shifted(file.size() + 1);
  std::ranges::copy(file, shifted.begin() + 1);
  const Result<Container> container = Container::open(ByteView(shifted).subspan(1));
  ASSERT_TRUE(container.ok());
  EXPECT_EQ(*container->features(1), *Container::open(file)->features(1));
}

TEST(Reader, TheRootHashTellsFilesApart) {
  const std::vector<uint8_t> one = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::f16, 1);
  const std::vector<uint8_t> other = bytesOf(exampleRows(3, 2, 1), 2, FeatureType::f16, 2);
  EXPECT_EQ(Container::open(one)->rootSha256(), Container::open(std::vector<uint8_t>(one))->rootSha256());
  EXPECT_NE(Container::open(one)->rootSha256(), Container::open(other)->rootSha256());
}

}  // namespace
}  // namespace pith
