// SPDX-License-Identifier: Apache-2.0
// What breaks a rule about sections: their places, their forms, and which of them there are.
#include <algorithm>

#include "pith/container/compress.h"
#include "unit/container/vectors/invalid.h"

namespace pith::test {
namespace {

using namespace format;

/// One record and an empty document.
Bytes documentFile() {
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.documents = {{.title = "one"}};
  return bytesOf(writerOf(header, {{{}, {1}}}), {});
}

SectionInfo future(bool required) { return unknownSection("later/thing", required, ElementType::u8, {5}); }

void addPlaces(Invalid& add, const Bytes& good) {
  add("section-not-aligned", "corruptContainer", remake(good, {}, [](Parts& p) { p.section("records/id").offsetBytes += 8; }));
  add("sections-overlap", "corruptContainer", remake(good, {}, [](Parts& p) {
        p.section("records/id").offsetBytes = p.section("features/0").offsetBytes;
      }));
  add("sections-with-a-gap", "corruptContainer", remake(good, {}, [](Parts& p) {
        for (size_t i = p.index("records/id"); i < p.sections.size(); ++i) p.message.sections[i].offsetBytes += 64;
      }));
  add("section-beyond-the-file", "corruptContainer", remake(good, {}, [](Parts& p) {
        SectionInfo& last = p.message.sections.back();
        last.lengthBytes += 64;
        last.shape = {last.lengthBytes};
      }));
  add("padding-not-zero", "corruptContainer", changed(good, [](Bytes& f) {
        f[static_cast<size_t>(takeApart(f).section("groups/0").offsetBytes) - 1] = 1;
      }));
  add("shape-overflows", "corruptContainer", remake(good, {}, [](Parts& p) {
        p.section("records/id").shape = {uint64_t{1} << 33, (uint64_t{1} << 33) + 1};
      }));
  add("shape-of-9-axes", "corruptContainer",
      remake(good, [](Parts& p) { p.append(unknownSection("later/thing", false, ElementType::u8, std::vector<uint64_t>(9, 1)), {1}); }));
  add("length-not-of-the-shape", "corruptContainer", remake(good, [](Parts& p) { p.append(future(false), Bytes(6)); }));
  add("section-twice", "corruptContainer", remake(good, [](Parts& p) { p.section("splits/0").name = "records/id"; }));
  add("section-name-with-dots", "corruptContainer", remake(good, [](Parts& p) { p.section("splits/0").name = "splits/../0"; }));
  add("section-name-empty", "corruptContainer", remake(good, [](Parts& p) { p.section("splits/0").name = ""; }));
  add("section-name-of-65-bytes", "corruptContainer", remake(good, [](Parts& p) {
        SectionInfo section = future(false);
        section.name = std::string(65, 'a');
        p.append(section, Bytes(5));
      }));
  add("section-without-type", "corruptContainer", remake(good, [](Parts& p) {
        SectionInfo section = future(false);
        section.type = ElementType::unspecified;
        p.append(section, Bytes(5));
      }));
  add("features-not-first", "corruptContainer", remake(good, [](Parts& p) {
        std::swap(p.message.sections[0], p.message.sections[1]);
        std::swap(p.sections[0], p.sections[1]);
      }));
}

void addKinds(Invalid& add, const Bytes& good) {
  add("unknown-required-section", "unsupportedSection", remake(good, [](Parts& p) { p.append(future(true), Bytes(5)); }));
  add("draft-records-split", "unsupportedSection", remake(good, [](Parts& p) {
        p.append(unknownSection("records/split", true, ElementType::u8, {8}), Bytes(8));
      }));
  add("known-section-of-unknown-type", "unsupportedVersion",
      remake(good, {}, [](Parts& p) { p.section("splits/0").type = ElementType{99}; }));
  add("known-section-of-unknown-encoding", "unsupportedVersion",
      remake(good, {}, [](Parts& p) { p.section("splits/0").encoding = Encoding{3}; }));
  add("section-of-wrong-type", "corruptContainer", remake(good, {}, [](Parts& p) {
        SectionInfo& section = p.section("groups/0");
        section.type = ElementType::u8;
        section.shape = {section.lengthBytes};
      }));
  add("section-of-wrong-shape", "corruptContainer",
      remake(good, {}, [](Parts& p) { p.section("records/id").shape = {16, p.message.recordCount}; }));
  for (const std::string name : {"records/id", "splits/0", "groups/0", "labels/1/number", "labels/2/text", "records/name/text"}) {
    std::string word = name;
    std::ranges::replace(word, '/', '-');
    add(word + "-missing", "corruptContainer", remake(good, [&](Parts& p) { p.remove(name); }));
  }
  const auto surplus = [&](const std::string& name, ElementType type, std::vector<uint64_t> shape, size_t bytes) {
    std::string word = name;
    std::ranges::replace(word, '/', '-');
    add(word + "-not-called-for", "corruptContainer", remake(good, [&](Parts& p) {
          p.append(unknownSection(name, false, type, std::move(shape)), Bytes(bytes, 0));
        }));
  };
  surplus("features/1", ElementType::f16, {8, 4}, 64);
  surplus("features/0/scale", ElementType::f32, {4}, 16);
  surplus("labels/0/number", ElementType::f64, {8}, 64);
  surplus("labels/9/index", ElementType::u32, {8}, 32);
  surplus("groups/1", ElementType::u32, {8}, 32);
  surplus("splits/1", ElementType::u8, {8}, 8);
  surplus("documents/0", ElementType::u8, {8}, 8);
  add("transform-without-parent", "corruptContainer", remake(good, [](Parts& p) {
        p.append(unknownSection("records/transform", true, ElementType::u32, {8}), Bytes(32, 0xFF));
      }));
  const Bytes blocks = encodersFile();
  add("scale-missing", "corruptContainer", remake(blocks, [](Parts& p) { p.remove("features/1/scale"); }));
  add("second-block-missing", "corruptContainer", remake(blocks, [](Parts& p) { p.remove("features/2"); }));
  add("second-block-of-u8", "corruptContainer", remake(blocks, [](Parts& p) {
        SectionInfo& section = p.section("features/2");
        section.type = ElementType::u8;
        section.shape = {12, 3};
        p.bytes("features/2").resize(36);
      }));
  add("document-missing", "corruptContainer", remake(documentFile(), [](Parts& p) { p.remove("documents/0"); }));
}

/// A chunk as zstd makes it.
Bytes frame(const Bytes& raw) { return *zstdCompressor()(raw); }

/// A compressed section of the given chunks.
Bytes chunked(const std::vector<Bytes>& chunks) {
  Bytes section(chunks.size() * sizeof(uint32_t));
  for (size_t i = 0; i < chunks.size(); ++i) {
    put(section, i, static_cast<uint32_t>(chunks[i].size()));
    section.insert(section.end(), chunks[i].begin(), chunks[i].end());
  }
  return section;
}

void addCompressed(Invalid& add, const Bytes& good) {
  // splits/0 has 8 bytes, groups/0 32.
  const auto with = [&](const std::string& name, Encoding encoding, const std::function<Bytes(const Bytes&)>& encode) {
    return remake(good, [&](Parts& p) {
      p.section(name).encoding = encoding;
      p.bytes(name) = encode(p.bytes(name));
    });
  };
  const auto whole = [](const Bytes& raw) { return chunked({frame(raw)}); };
  add("ids-compressed", "corruptContainer", with("records/id", Encoding::zstd, whole));
  add("bytes-shuffled", "corruptContainer", with("splits/0", Encoding::zstdShuffled, whole));
  add("chunk-longer-than-the-section", "corruptContainer", with("splits/0", Encoding::zstd, [&](const Bytes& raw) {
        return changed(whole(raw), [](Bytes& s) { put(s, 0, get<uint32_t>(s, 0) + 1); });
      }));
  add("chunks-do-not-fill-the-section", "corruptContainer", with("splits/0", Encoding::zstd, [&](const Bytes& raw) {
        return changed(whole(raw), [](Bytes& s) { s.push_back(0); });
      }));
  add("chunk-table-cut", "corruptContainer", with("splits/0", Encoding::zstd, [](const Bytes&) { return Bytes(3); }));
  add("chunk-of-another-length", "corruptContainer", with("splits/0", Encoding::zstd, [&](const Bytes& raw) {
        return chunked({frame(changed(raw, [](Bytes& r) { r.push_back(0); }))});
      }));
  add("chunk-of-two-frames", "corruptContainer", with("splits/0", Encoding::zstd, [&](const Bytes& raw) {
        Bytes both = frame(Bytes(raw.begin(), raw.begin() + 4));
        const Bytes second = frame(Bytes(raw.begin() + 4, raw.end()));
        both.insert(both.end(), second.begin(), second.end());
        return chunked({both});
      }));
  add("chunk-without-content-size", "corruptContainer", with("splits/0", Encoding::zstd, [](const Bytes& raw) {
        // RFC 8878: magic, descriptor with no size fields, window of 1 KiB, one last raw block.
        Bytes frame = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00, static_cast<uint8_t>(1 | raw.size() << 3), 0, 0};
        frame.insert(frame.end(), raw.begin(), raw.end());
        return chunked({frame});
      }));
  add("chunk-damaged", "corruptContainer", with("groups/0", Encoding::zstdShuffled, [](const Bytes&) {
        // A compressed block that ends inside its literals' header.
        return chunked({{0x28, 0xB5, 0x2F, 0xFD, 0x20, 32, 5 | 1 << 3, 0, 0, 0xFF}});
      }));
  add("two-chunks-for-one", "corruptContainer", with("splits/0", Encoding::zstd, [](const Bytes& raw) {
        return chunked({frame(Bytes(raw.begin(), raw.begin() + 4)), frame(Bytes(raw.begin() + 4, raw.end()))});
      }));
  const Bytes document = documentFile();
  add("nothing-compressed", "corruptContainer", remake(document, [](Parts& p) { p.section("documents/0").encoding = Encoding::zstd; }));
  add("compressed-more-than-64-times", "corruptContainer", remake(document, [](Parts& p) {
        p.section("documents/0").encoding = Encoding::zstd;
        p.section("documents/0").shape = {1 << 20};
        p.bytes("documents/0") = chunked({frame(Bytes(1 << 20))});
      }));
  add("document-damaged", "corruptContainer", remake(document, [](Parts& p) {
        p.section("documents/0").encoding = Encoding::zstd;
        p.section("documents/0").shape = {400};
        p.bytes("documents/0") = chunked({Bytes(40, 7)});
      }));
  const Bytes features = bytesOf(writerOf(plainHeader(64, FeatureType::f16), {{{}, std::vector<float>(64, 1)}}), {});
  add("features-damaged", "corruptContainer", remake(features, [](Parts& p) {
        p.section("features/0").encoding = p.preamble.featureEncoding = Encoding::zstd;
        p.bytes("features/0") = chunked({Bytes(60, 7)});
      }));
}

}  // namespace

void addInvalidSections(std::vector<Vector>& vectors) {
  const Bytes good = simpleFile();
  Invalid add(vectors, 301);
  addPlaces(add, good);
  addKinds(add, good);
  Invalid addChunks(vectors, 351);
  addCompressed(addChunks, good);
}

}  // namespace pith::test
