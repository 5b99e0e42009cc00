// SPDX-License-Identifier: Apache-2.0
// What breaks a rule of the preamble, of the header's form, or of the signatures.
#include <algorithm>

#include "pith/container/layout.h"
#include "unit/container/vectors/capnp_words.h"
#include "unit/container/vectors/invalid.h"

namespace pith::test {
namespace {

using namespace format;

/// Changes the preamble; its own hash is right again.
Bytes withPreamble(Bytes file, const std::function<void(Preamble&)>& change) {
  Preamble preamble = *decodePreamble(file, {});
  change(preamble);
  std::ranges::copy(encodePreamble(preamble), file.begin());
  return file;
}

void addPreambles(Invalid& add, const Bytes& good) {
  add("empty-file", "truncatedContainer", {});
  add("another-format", "notAContainer", changed(good, [](Bytes& f) { std::ranges::copy(Bytes{0x89, 'P', 'N', 'G'}, f.begin()); }));
  add("text-mode-copy", "notAContainer", changed(good, [](Bytes& f) { f.erase(f.begin() + 5); }));
  add("major-version-2", "unsupportedVersion", changed(good, [](Bytes& f) { f[8] = 2; }));
  add("preamble-cut", "truncatedContainer", changed(good, [](Bytes& f) { f.resize(127); }));
  add("last-byte-missing", "truncatedContainer", changed(good, [](Bytes& f) { f.pop_back(); }));
  add("trailing-byte", "corruptContainer", changed(good, [](Bytes& f) { f.push_back(0); }));
  add("preamble-changed", "hashMismatch", changed(good, [](Bytes& f) { f[10] ^= 1; }));
  add("header-changed", "hashMismatch", changed(good, [](Bytes& f) { f[200] ^= 1; }));
  add("feature-type-unknown", "unsupportedVersion",
      withPreamble(good, [](Preamble& p) { p.featureType = ElementType{99}; }));
  add("feature-type-u8", "unsupportedVersion", withPreamble(good, [](Preamble& p) { p.featureType = ElementType::u8; }));
  add("feature-type-differs", "corruptContainer", withPreamble(good, [](Preamble& p) { p.featureType = ElementType::bf16; }));
  add("feature-encoding-unknown", "unsupportedVersion",
      withPreamble(good, [](Preamble& p) { p.featureEncoding = Encoding{3}; }));
  add("feature-encoding-differs", "corruptContainer",
      withPreamble(good, [](Preamble& p) { p.featureEncoding = Encoding::zstd; }));
  add("length-inside-the-preamble", "corruptContainer", withPreamble(good, [](Preamble& p) { p.fileBytes = 64; }));
  add("length-behind-the-last-section", "corruptContainer", [&] {
    Bytes longer = withPreamble(good, [](Preamble& p) { p.fileBytes += 64; });
    longer.resize(longer.size() + 64);
    return longer;
  }());
  add("header-elsewhere", "corruptContainer", withPreamble(good, [](Preamble& p) { p.headerOffset = 192; }));
  add("header-of-no-bytes", "corruptContainer", withPreamble(good, [](Preamble& p) { p.headerBytes = 0; }));
  add("header-of-12-bytes", "corruptContainer", withPreamble(good, [](Preamble& p) { p.headerBytes = 12; }));
  add("header-beyond-the-file", "corruptContainer",
      withPreamble(good, [](Preamble& p) { p.headerBytes = uint64_t{1} << 62; }));
  add("features-elsewhere", "corruptContainer", withPreamble(good, [](Preamble& p) { p.featuresOffset += 64; }));
  add("no-records", "corruptContainer",
      remake(good, [](Parts& p) { p.preamble.recordCount = p.message.recordCount = 0; }));
  add("too-many-records", "corruptContainer",
      remake(good, {}, [](Parts& p) { p.preamble.recordCount = p.message.recordCount = 0xFFFFFFFF; }));
  add("record-counts-differ", "corruptContainer", withPreamble(good, [](Preamble& p) { ++p.recordCount; }));
  add("no-features", "corruptContainer", withPreamble(good, [](Preamble& p) { p.featureCount = 0; }));
  add("too-many-features", "corruptContainer",
      withPreamble(good, [](Preamble& p) { p.featureCount = (1 << 20) + 1; }));
  add("feature-counts-differ", "corruptContainer", withPreamble(good, [](Preamble& p) { ++p.featureCount; }));
}

void addForms(Invalid& add, const Bytes& good) {
  const Bytes roomy = withRoom(good, 24);
  add("header-with-a-word-behind", "corruptContainer", remakeHeader(roomy, [](Bytes& h) { h.insert(h.end(), 8, 0); }));
  add("header-with-a-segment-table", "corruptContainer", remakeHeader(roomy, [](Bytes& h) {
        const auto words = static_cast<uint32_t>(h.size() / 8);
        h.insert(h.begin(), 8, 0);
        put(h, 1, words);
      }));
  add("header-pointer-outside", "corruptContainer", remakeHeader(good, [](Bytes& h) { h[3] = 0x7F; }));
  add("header-points-twice", "corruptContainer", remakeHeader(good, [](Bytes& h) {
        // The second pointer of the root gets the target of the first.
        const size_t first = 1 + (get<uint64_t>(h, 0) >> 32 & 0xFFFF);
        put(h, first + 1, get<uint64_t>(h, first) - (uint64_t{1} << 2));
      }));
  add("header-text-without-end", "corruptContainer", remakeHeader(good, [](Bytes& h) {
        const std::string title = exampleDataset().title;
        h[*findBytes(h, asBytes(title)) + title.size()] = 'x';
      }));
  add("model-hash-of-31-bytes", "corruptContainer",
      remakeHeader(remake(good, [](Parts& p) { p.header().encoders[0].info.modelSha256.back() = 0; }), [](Bytes& h) {
        Sha256Digest hash = exampleEncoder(1).modelSha256;
        hash.back() = 0;
        shortenList(h, *findBytes(h, hash), hash.size());
      }));
  add("section-hash-of-31-bytes", "corruptContainer", remakeHeader(good, [&](Bytes& h) {
        const Sha256Digest hash = takeApart(good).section("records/id").sha256;
        shortenList(h, *findBytes(h, hash), hash.size());
      }));
}

void addSignatures(Invalid& add, const Bytes& good) {
  const Bytes two = sign(good, {"one", "two"});
  const size_t first = static_cast<size_t>(alignUp(good.size()));
  const auto with = [&](const std::function<void(Bytes&)>& change) { return changed(two, change); };
  add("signature-invalid", "hashMismatch", with([&](Bytes& f) { f[first + 70] ^= 1; }));
  add("signature-of-another-file", "hashMismatch", [&] {
    Bytes other = sign(simpleFile(FeatureType::f32), {"one"});
    Bytes file = good;
    file.resize(first);
    file.insert(file.end(), other.end() - 128, other.end());
    return file;
  }());
  add("signature-magic", "corruptContainer", with([&](Bytes& f) { f[first] = 0; }));
  add("signature-reserved-bytes", "corruptContainer", with([&](Bytes& f) { f[first + 20] = 1; }));
  add("signatures-descend", "corruptContainer",
      with([&](Bytes& f) { std::swap_ranges(f.end() - 256, f.end() - 128, f.end() - 128); }));
  add("signature-twice", "corruptContainer", with([&](Bytes& f) { std::copy(f.end() - 256, f.end() - 128, f.end() - 128); }));
  add("signature-cut", "corruptContainer", with([](Bytes& f) { f.resize(f.size() - 64); }));
  add("seventeen-signatures", "corruptContainer", [&] {
    std::vector<std::string> signers;
    for (int i = 0; i < 17; ++i) signers.push_back("signer " + std::to_string(i));
    return sign(good, signers);
  }());
}

}  // namespace

void addInvalidFiles(std::vector<Vector>& vectors) {
  ContainerHeader header = plainHeader(2, FeatureType::f16);
  header.dataset.title = exampleDataset().title;
  const Bytes good = bytesOf(writerOf(header, {{{}, {1, 2}}, {{}, {3, 4}}}), {.seed = seedFromNumber(1)});
  Invalid add(vectors, 1);
  addPreambles(add, good);
  addForms(add, good);
  Invalid addSignature(vectors, 801);
  addSignatures(addSignature, good);
  addSignature("padding-without-signatures", "corruptContainer", changed(good, [](Bytes& f) { f.resize(static_cast<size_t>(alignUp(f.size() + 1))); }));
  addSignature("padding-before-signatures", "corruptContainer", [&] {
    // A last section of 5 bytes, so that there is padding.
    const Bytes odd = remake(good, [](Parts& p) { p.append(unknownSection("later/thing", false, ElementType::u8, {5}), Bytes(5, 1)); });
    return changed(sign(odd, {"one"}), [&](Bytes& f) { f[odd.size()] = 1; });
  }());
}

}  // namespace pith::test
