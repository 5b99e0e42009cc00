// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "pith/container/compress.h"
#include "pith/container/layout.h"
#include "unit/container/vectors/capnp_words.h"

namespace pith::test {
namespace {

using namespace format;

constexpr FeatureType allTypes[] = {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4};

class Adder {
 public:
  explicit Adder(std::vector<Vector>& vectors) : vectors_(vectors) {}
  void operator()(const std::string& name, Bytes bytes) {
    char number[8];
    std::snprintf(number, sizeof number, "%03d-", ++number_);
    vectors_.push_back({"valid/" + std::string(number) + name, std::move(bytes), {}});
  }

 private:
  std::vector<Vector>& vectors_;
  int number_ = 0;
};

std::vector<Row> rowsOf(const std::vector<std::vector<float>>& features) {
  std::vector<Row> rows;
  for (const std::vector<float>& values : features) rows.push_back({.features = values});
  return rows;
}

Bytes plain(FeatureType type, const std::vector<std::vector<float>>& features, uint64_t seed = 1, bool moments = true) {
  const ContainerHeader header = plainHeader(static_cast<int>(features[0].size()), type);
  return bytesOf(writerOf(header, rowsOf(features)), {.seed = seedFromNumber(seed), .moments = moments});
}

/// A file of one feature whose records hold the given labels of one column.
Bytes oneColumn(LabelColumn column, const std::vector<LabelValue>& labels) {
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.labelColumns = {std::move(column)};
  std::vector<Row> rows;
  for (const LabelValue& label : labels) rows.push_back({{.labels = {label}}, {static_cast<float>(rows.size())}});
  return bytesOf(writerOf(header, rows), {.seed = seedFromNumber(3)});
}

void addTypes(Adder& add) {
  for (const FeatureType type : allTypes) {
    add("one-record-" + std::string(nameOf(type)), plain(type, {{0.0f, -1.5f, 3.25f}}));
  }
  for (const FeatureType type : allTypes) add("labels-groups-names-" + std::string(nameOf(type)), simpleFile(type));
  const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  add("extremes-f32", plain(FeatureType::f32, {{most, -most, least}, {0.0f, -0.0f, 1.17549435e-38f}}));
  add("extremes-f16", plain(FeatureType::f16, {{65504, -65504, 5.9604645e-8f}, {0.0f, -0.0f, 6.1035156e-5f}}));
  add("extremes-bf16", plain(FeatureType::bf16, {{3.38e38f, -3.38e38f, 1e-40f}, {0.0f, -0.0f, 1.00390625f}}));
  add("constant-dimension-i8", plain(FeatureType::i8, {{7.5f, -1}, {7.5f, 2}}));
  add("constant-dimension-i4", plain(FeatureType::i4, {{7.5f, -1, 0}, {7.5f, 2, 0}}));
  add("one-feature-i4", plain(FeatureType::i4, {{-1}, {0.5f}, {1}}));
  add("even-features-i4", plain(FeatureType::i4, {{-1, 4}, {0.5f, 5}, {1, 6}}));
  add("without-moments", plain(FeatureType::f16, {{1, 2}, {3, 4}}, 1, false));
  add("duplicates", plain(FeatureType::f16, {{1, 2}, {1, 2}, {1, 2}, {3, 4}, {3, 4}, {5, 6}}));
  std::vector<Row> missing(2, {{.groups = {std::nullopt}, .splits = {std::nullopt}, .labels = std::vector<LabelValue>(3)}, {1, 2}});
  missing[1].features = {3, 4};
  add("everything-missing", bytesOf(writerOf(exampleHeader(2, FeatureType::f16), missing), {.seed = seedFromNumber(3)}));
}

void addColumns(Adder& add) {
  const LabelValue none;
  add("categorical", oneColumn({"c", LabelType::categorical, {"b", "a", "unused"}}, {0u, 1u, none, 1u}));
  add("categorical-without-categories", oneColumn({"c", LabelType::categorical}, {none, none}));
  add("ordinal", oneColumn({"o", LabelType::ordinal, {"low", "high"}}, {1u, 0u, none, 1u}));
  add("number", oneColumn({.name = "n", .type = LabelType::number, .unit = "mm"}, {1.5, -2.25, none, 1e300}));
  add("number-all-missing", oneColumn({"n", LabelType::number}, {none, none}));
  add("text", oneColumn({"t", LabelType::text}, {std::string("one"), std::string("\t\n"), none, std::string("zwölf 漢字 😀")}));
  add("text-all-missing", oneColumn({"t", LabelType::text}, {none, none}));
  add("multi-label", oneColumn({"m", LabelType::multiLabel, {"x", "y"}},
                               {States{State::present, State::uncertain}, States{State::absent, State::missing}, none}));
  add("year", oneColumn({"y", LabelType::year}, {Year{1}, Year{9999}, none, Year{2026}}));
  const Bytes numbers = oneColumn({"n", LabelType::number}, {1.0, none});
  add("number-other-nan", remake(numbers, [](Parts& p) {
        Bytes& bytes = p.bytes("labels/0/number");
        for (size_t row = 0; row < 2; ++row) {
          if (std::isnan(get<double>(bytes, row))) put(bytes, row, uint64_t{0xFFF8000000000123});
        }
      }));
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.splits.push_back({.name = "many"});
  for (int part = 0; part < 254; ++part) header.splits[0].parts.push_back("p" + std::to_string(part));
  add("split-of-254-parts", bytesOf(writerOf(header, {{{.splits = {uint8_t{253}}}, {1}}, {{.splits = {std::nullopt}}, {2}}}), {}));
  header.splits = {{.name = "leaking", .parts = {"train", "test"}, .grouping = 0}};
  header.groupings = {{.name = "patient"}};
  add("groups-in-two-parts", bytesOf(writerOf(header, {{{.groups = {1}, .splits = {uint8_t{0}}}, {1}},
                                                       {{.groups = {1}, .splits = {uint8_t{1}}}, {2}},
                                                       {{.groups = {1}, .splits = {std::nullopt}}, {3}},
                                                       {{.groups = {2}, .splits = {uint8_t{1}}}, {4}}}), {}));
}

void addDescriptions(Adder& add) {
  add("every-field", richFile());
  for (const Pooling pooling : {Pooling::none, Pooling::maximum, Pooling::averageAndMaximum, Pooling::generalizedMean,
                                Pooling::classToken}) {
    ContainerHeader header = plainHeader(2, FeatureType::f16);
    header.encoders[0].info.pooling = pooling;
    if (pooling == Pooling::generalizedMean) header.encoders[0].info.poolingPower = 3;
    add("pooling-" + std::string(poolingName(pooling)), bytesOf(writerOf(header, rowsOf({{1, 2}})), {}));
  }
  add("entity-kind-from-later", remake(richFile(), [](Parts& p) { p.header().dataset.contacts[0].kind = EntityKind{77}; }));
  add("views", bytesOf([] {
        ContainerHeader header = plainHeader(1, FeatureType::f16);
        header.transforms = {"flipped"};
        header.groupings = {{.name = "patient"}};
        // Two interchangeable parents of one patient: the view names the one that comes first.
        std::vector<Row> rows(4, {{.groups = {5}}, {1}});
        rows[2] = {{.groups = {5}, .view = ViewOf{1, 0}}, {2}};
        rows[3] = {{.groups = {std::nullopt}}, {3}};
        return writerOf(header, rows);
      }(), {}));
  ContainerHeader two = plainHeader(2, FeatureType::f32);
  two.encoders.push_back(two.encoders[0]);
  two.encoders[1].info.featureCount = 5;
  two.features.push_back({.name = "other", .encoder = 1, .type = FeatureType::i8});
  ContainerWriter writer(two);
  for (const float value : {1.0f, 2.0f, 3.0f}) {
    const std::vector<float> first = {value, -value}, second = {value, 0, 1 / value, 2 * value, 7};
    const std::span<const float> blocks[] = {first, second};
    EXPECT_TRUE(writer.add({}, blocks).ok());
  }
  add("two-encoders", bytesOf(writer, {.seed = seedFromNumber(1)}));
  ContainerHeader names = plainHeader(1, FeatureType::f16);
  add("names", bytesOf(writerOf(names, {{{.name = "film.png"}, {1}}, {{}, {2}}, {{.name = "Übersicht (1).jpg"}, {3}}}), {}));
  ContainerHeader longest = plainHeader(1, FeatureType::f16);
  longest.features[0].name = std::string(1024, 'n');
  add("name-of-greatest-length", bytesOf(writerOf(longest, rowsOf({{1}})), {}));
}

ContainerHeader documentHeader() {
  ContainerHeader header = plainHeader(2, FeatureType::f16);
  header.documents = {{.fileName = "../a/../consent.pdf", .mediaType = "application/pdf"}, {.title = "empty"}};
  return header;
}

void addSections(Adder& add) {
  ContainerWriter documents = writerOf(documentHeader(), rowsOf({{1, 2}}));
  EXPECT_TRUE(documents.setDocument(0, {'%', 'P', 'D', 'F', 0, 1, 2, 255}).ok());
  add("documents", bytesOf(documents, {}));
  // More than one chunk: 1.25 MiB that compress by about 20.
  Bytes large(5 << 18);
  std::mt19937 generator(1);
  for (size_t i = 0; i < large.size(); i += 16) large[i] = static_cast<uint8_t>(generator() % 2);
  EXPECT_TRUE(documents.setDocument(0, large).ok());
  add("document-of-two-chunks", bytesOf(documents, {.compress = zstdCompressor()}));

  ContainerWriter reported = writerOf(plainHeader(1, FeatureType::f32), rowsOf({{1}}));
  const Bytes report = {'{', '}', '\n'};
  EXPECT_TRUE(reported.addSection(unknownSection("privacy/report", false, ElementType::u8, {3}), report).ok());
  add("privacy-report", bytesOf(reported, {}));
  const Bytes simple = simpleFile();
  add("unknown-optional-section", remake(simple, [](Parts& p) {
        p.append(unknownSection("later/thing", false, ElementType::u32, {2, 1}), Bytes(8, 1));
      }));
  add("unknown-optional-section-of-unknown-type", remake(simple, [](Parts& p) {
        SectionInfo section = unknownSection("later/thing", false, ElementType{99}, {7, 0, (uint64_t{1} << 53) - 1});
        section.encoding = Encoding{42};
        p.append(section, {1, 2, 3});
      }));
  add("newer-minor-version", remake(simple, {}, [](Parts& p) { p.preamble.minor = 7; }));
  add("newer-minor-version-with-a-field", remakeHeader(withRoom(remake(richFile(), {}, [](Parts& p) { p.preamble.minor = 1; }), 24),
                                                       [](Bytes& header) { addRootText(header, "from later"); }));
  add("signed", sign(simple, {"one"}));
  add("signed-by-three", sign(simple, {"one", "two", "three"}));
}

void addCompressed(Adder& add) {
  const auto rows = [](size_t count, size_t width, uint32_t sparse) {
    std::mt19937 generator(3);
    std::vector<std::vector<float>> features(count, std::vector<float>(width));
    for (std::vector<float>& row : features) {
      for (float& value : row) value = static_cast<float>(generator() % sparse == 0 ? generator() % 10 : 0);
    }
    return rowsOf(features);
  };
  for (const FeatureType type : allTypes) {
    add("compressed-" + std::string(nameOf(type)),
        bytesOf(writerOf(plainHeader(64, type), rows(12, 64, 3)), {.seed = seedFromNumber(2), .compress = zstdCompressor()}));
  }
  std::vector<Row> many = exampleRows(80, 2, 8);
  add("compressed-columns", bytesOf(writerOf(exampleHeader(2, FeatureType::i8), many),
                                    {.seed = seedFromNumber(2), .compress = zstdCompressor()}));
  // A row of 27,600 bytes crosses the end of the first chunk.
  add("features-of-two-chunks", bytesOf(writerOf(plainHeader(6900, FeatureType::f32), rows(38, 6900, 16)),
                                        {.seed = seedFromNumber(2), .moments = false, .compress = zstdCompressor()}));
}

}  // namespace

void addValid(std::vector<Vector>& vectors) {
  Adder add(vectors);
  addTypes(add);
  addColumns(add);
  addDescriptions(add);
  addSections(add);
  addCompressed(add);
}

}  // namespace pith::test
