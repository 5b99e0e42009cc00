// SPDX-License-Identifier: Apache-2.0
/// @file Sections become a file: measured and hashed, laid out, emitted in order, with bounded memory. What writes new files
/// and what rewrites existing ones share it. spec/container.md, "Overview", "Sections", "Integrity and signatures".
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/header_message.h"
#include "pith/container/writer.h"

namespace pith::format {

/// Where a section's bytes come from.
struct SectionSource {
  /// Name, type, required and shape; of stored bytes encoding, length and SHA-256 too. The place is found by the assembler.
  SectionInfo section;
  /// Hands all bytes in order to the sink, in pieces of any length. Asked once or more, it gives the same bytes each time.
  /// Borrowed pieces live for the call of the sink.
  std::function<Status(const ByteSink&)> read;
  /// `read` gives the bytes as they stand in another file, encoded already: they are taken over as they are.
  bool isStored = false;
  /// Whether it may be compressed, where that makes it smaller.
  bool compress = true;
  /// Of the raw bytes, where it is known; saves a reading.
  std::optional<Sha256Digest> rawSha256 = std::nullopt;
};

/// A source of bytes that lie in memory. @param bytes  borrowed; `section` has type and shape
[[nodiscard]] SectionSource memorySource(SectionInfo section, ByteView bytes);
/// A source that takes a section over from an open container's file. @param bytes  as stored there; borrowed
[[nodiscard]] SectionSource storedSource(const SectionInfo& section, ByteView bytes);

struct AssembleOptions {
  /// Empty: what is not stored already stays raw.
  Compressor compress{};
  Limits limits{};
  /// Compressed bytes that are kept at most; sections that need more are compressed again for each reading.
  size_t keepBytes = size_t{64} << 20;
};

/// Writes one file. The sources' order is the file's; "features/0" comes first.
/// @param message  everything of the header but its sections. `header.features[0].type` and the first source agree
/// @errors containerTooLarge, those of the sources, of the compressor and of `sink`, internalError
[[nodiscard]] Status assemble(HeaderMessage message, std::vector<SectionSource> sources, const AssembleOptions& options,
                              const ByteSink& sink);

}  // namespace pith::format
