// SPDX-License-Identifier: Apache-2.0
/// @file The sections of a file that is being written, in its order.
#pragma once

#include <utility>
#include <vector>

#include "pith/container/assembler.h"
#include "pith/container/layout.h"
#include "pith/container/section_name.h"

namespace pith::format {

[[nodiscard]] inline ByteView bytesOfFloats(const std::vector<float>& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)};
}

/// Borrows the header and all bytes.
class SectionList {
 public:
  SectionList(const ContainerHeader& header, uint64_t recordCount) : header_(header), recordCount_(recordCount) {}

  /// The rows of a feature block. @param sha256  of all of them
  void addFeatures(size_t block, const Sha256Digest& sha256, std::function<Status(const ByteSink&)> read) {
    SectionSource source;
    source.section = expectedSection(header_, recordCount_, {SectionKind::features, block});
    source.rawSha256 = sha256;
    source.read = std::move(read);
    add(std::move(source));
  }

  /// A section that the header describes; extents that it leaves open follow from the bytes.
  void add(SectionKind kind, size_t index, ByteView bytes) {
    SectionInfo section = expectedSection(header_, recordCount_, {kind, index});
    if (section.shape[0] == 0) {
      section.shape[0] = bytes.size() / *rawBytes(section.type, std::span(section.shape).subspan(1));
    }
    add(memorySource(std::move(section), bytes));
  }

  void add(SectionSource source) { sources_.push_back(std::move(source)); }

  [[nodiscard]] std::vector<SectionSource> take() { return std::move(sources_); }

 private:
  const ContainerHeader& header_;
  uint64_t recordCount_;
  std::vector<SectionSource> sources_;
};

}  // namespace pith::format
