// SPDX-License-Identifier: Apache-2.0
#include "pith/container/assembler.h"

#include <algorithm>

#include "pith/container/compress.h"
#include "unit/container/vectors/vectors.h"

namespace pith {
namespace {

using namespace test;
using namespace format;

/// The file's sections as sources that take them over.
std::vector<SectionSource> storedSources(const Container& container) {
  std::vector<SectionSource> sources;
  for (const SectionInfo& section : container.sections()) {
    sources.push_back(storedSource(section, container.sectionBytes(section)));
  }
  return sources;
}

Bytes assembled(const HeaderMessage& message, std::vector<SectionSource> sources, const AssembleOptions& options = {}) {
  Bytes file;
  const Status status = assemble(message, std::move(sources), options, [&](ByteView bytes) -> Status {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return {};
  });
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().detail);
  return file;
}

TEST(Assembler, AFileMadeOfItsOwnSectionsIsTheSameFile) {
  for (const Bytes& file : {richFile(), bytesOf(writerOf(exampleHeader(64, FeatureType::f16), exampleRows(50, 64, 1)),
                                                {.compress = zstdCompressor()})}) {
    const Result<Container> container = Container::open(file);
    ASSERT_TRUE(container.ok());
    const HeaderMessage message{container->header(), container->recordCount(), {}};
    EXPECT_EQ(assembled(message, storedSources(*container)), file);
    // What is stored already is taken over as it is, also where a compressor is there.
    EXPECT_EQ(assembled(message, storedSources(*container), {.compress = zstdCompressor()}), file);
  }
}

// Compressing again for each reading must not change a byte.
TEST(Assembler, HowMuchIsKeptLeavesNoTrace) {
  const ContainerWriter writer = writerOf(exampleHeader(512, FeatureType::f32), exampleRows(900, 512, 1));
  const Bytes raw = bytesOf(writer, {});
  const Result<Container> container = Container::open(raw);
  ASSERT_TRUE(container.ok());
  const HeaderMessage message{container->header(), container->recordCount(), {}};
  const auto compressed = [&](size_t keepBytes) {
    std::vector<SectionSource> sources;
    for (const SectionInfo& section : container->sections()) {
      sources.push_back(memorySource(section, container->sectionBytes(section)));
    }
    return assembled(message, std::move(sources), {.compress = zstdCompressor(), .keepBytes = keepBytes});
  };
  const Bytes all = compressed(size_t{64} << 20);
  EXPECT_LT(all.size(), raw.size() * 9 / 10);
  EXPECT_EQ(compressed(0), all);
  EXPECT_EQ(compressed(100'000), all);
  EXPECT_EQ(bytesOf(writer, {.compress = zstdCompressor()}), all);
}

Encoding encodingOf(const Bytes& file, const std::string& name) {
  return takeApart(file).section(name).encoding;
}

TEST(Assembler, WhatWouldNotBecomeSmallerOrTooSmallStaysRaw) {
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.documents = {{.title = "noise"}, {.title = "zeros"}, {.title = "text"}, {.title = "nothing"}};
  ContainerWriter writer = writerOf(header, {{.features = {1}}});
  std::mt19937 generator(1);
  Bytes noise(10'000), zeros(100'000);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(generator());
  Bytes text;
  for (int i = 0; i < 5000; ++i) text.push_back("pneumonia "[generator() % 10]);
  ASSERT_TRUE(writer.setDocument(0, noise).ok());
  ASSERT_TRUE(writer.setDocument(1, zeros).ok());
  ASSERT_TRUE(writer.setDocument(2, text).ok());
  const Bytes file = bytesOf(writer, {.compress = zstdCompressor()});
  EXPECT_EQ(encodingOf(file, "documents/0"), Encoding::raw);
  EXPECT_EQ(encodingOf(file, "documents/1"), Encoding::raw);  // a reader bounds what it inflates
  EXPECT_EQ(encodingOf(file, "documents/2"), Encoding::zstd);
  EXPECT_EQ(encodingOf(file, "documents/3"), Encoding::raw);
  EXPECT_EQ(encodingOf(file, "records/id"), Encoding::raw);
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok() && container->verify().ok());
  EXPECT_EQ(*container->document(0), noise);
  EXPECT_EQ(*container->document(1), zeros);
  EXPECT_EQ(*container->document(2), text);
  EXPECT_EQ(*container->document(3), Bytes());
}

TEST(Assembler, ASourceThatChangesItsMindIsAnError) {
  const Bytes file = simpleFile();
  const Result<Container> container = Container::open(file);
  ASSERT_TRUE(container.ok());
  for (const bool longer : {false, true}) {
    std::vector<SectionSource> sources = storedSources(*container);
    int asked = 0;
    sources[1].isStored = false;
    sources[1].read = [&, section = container->sections()[1]](const ByteSink& sink) {
      const ByteView bytes = container->sectionBytes(section);
      const bool wrong = ++asked > 1 && !longer;
      if (longer) return sink(Bytes(bytes.size() + 1));
      return sink(wrong ? bytes.first(bytes.size() - 1) : bytes);
    };
    const Status status = assemble({container->header(), container->recordCount(), {}}, std::move(sources), {},
                                   [](ByteView) { return Status(); });
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::internalError);
  }
}

}  // namespace
}  // namespace pith
