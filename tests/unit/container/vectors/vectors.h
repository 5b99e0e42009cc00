// SPDX-License-Identifier: Apache-2.0
/// @file The golden files of spec/vectors, made anew: each container and what a reader must say about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pith/base/json.h"
#include "pith/container/describe.h"
#include "pith/container/header_message.h"
#include "pith/container/preamble.h"
#include "unit/container/example.h"

namespace pith::test {

using Bytes = std::vector<uint8_t>;

struct Vector {
  std::string name;  // "valid/001-..." or "invalid/001-...", without an extension
  Bytes bytes;       // of NAME.pith
  std::string error{};  // that it must give; empty where it is valid
};

[[nodiscard]] std::vector<Vector> makeVectors();
void addValid(std::vector<Vector>& vectors);
void addInvalidFiles(std::vector<Vector>& vectors);
void addInvalidHeaders(std::vector<Vector>& vectors);
void addInvalidHeads(std::vector<Vector>& vectors);
void addInvalidSections(std::vector<Vector>& vectors);
void addInvalidRecords(std::vector<Vector>& vectors);
void addInvalidFeatures(std::vector<Vector>& vectors);

/// NAME.json: what opening and verifying a file gives, the content or {"error": code}.
[[nodiscard]] std::string answerTo(ByteView file);

// ---- a container taken apart, so that one thing can be made wrong and everything else right again

struct Parts {
  format::Preamble preamble;
  format::HeaderMessage message;
  std::vector<Bytes> sections;

  ContainerHeader& header() { return message.header; }
  SectionInfo& section(const std::string& name) { return message.sections.at(index(name)); }
  Bytes& bytes(const std::string& name) { return sections.at(index(name)); }
  [[nodiscard]] size_t index(const std::string& name) const;
  void append(SectionInfo info, Bytes content);
  void remove(const std::string& name);
};

[[nodiscard]] Parts takeApart(const Bytes& file);

using Change = std::function<void(Parts&)>;

/// @param before  changes content; hashes, places and lengths are made right afterwards
/// @param after   changes what the header or the preamble says about it
[[nodiscard]] Bytes remake(const Bytes& file, const Change& before, const Change& after = {});
/// Changes the header's bytes; its hash and the places of the sections are made right afterwards.
[[nodiscard]] Bytes remakeHeader(const Bytes& file, const std::function<void(Bytes&)>& change);
/// The same content with longer notes, so that its header can grow by `bytes` before the sections would move.
[[nodiscard]] Bytes withRoom(const Bytes& file, size_t bytes);
/// Changes any bytes.
[[nodiscard]] Bytes changed(Bytes file, const std::function<void(Bytes&)>& change);

template <typename T>
void put(Bytes& bytes, size_t index, T value) {
  std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
}
template <typename T>
[[nodiscard]] T get(const Bytes& bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

[[nodiscard]] SectionInfo unknownSection(std::string name, bool required, ElementType type, std::vector<uint64_t> shape);
[[nodiscard]] Bytes sign(Bytes file, const std::vector<std::string>& signers);

// ---- example content

/// Two encoders, three blocks, every type of label, two groupings, three splits, views, heads, documents: every field.
[[nodiscard]] ContainerHeader richHeader();
[[nodiscard]] Bytes richFile();
/// Parts of the same, so that files with one mistake stay small: the encoders and blocks; all that is said about records, and of
/// it the labels or everything else; one head with the columns and the split that it names.
[[nodiscard]] Bytes encodersFile();
[[nodiscard]] Bytes recordsFile();
[[nodiscard]] Bytes labelsFile();
[[nodiscard]] Bytes viewsFile();
[[nodiscard]] Bytes headFile(size_t head);
/// exampleHeader() with f16, and the same with i8.
[[nodiscard]] Bytes simpleFile(FeatureType type = FeatureType::f16);

}  // namespace pith::test
