// SPDX-License-Identifier: Apache-2.0
/// @file A container that is about to be made from others: what select, merge, split, edit and convert have
/// in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pith/container/reader.h"
#include "pith/container/writer.h"

namespace pith {

/// Where a record's features are: row `row` of `Draft::sources[source]`.
struct DraftRow {
  uint32_t source = 0;
  uint32_t row = 0;
};

/// A section that is handed on without being understood. The bytes belong to a source.
struct DraftSection {
  SectionInfo section;
  ByteView bytes;
};

/// Borrows its sources, which must outlive it. Descriptions and records are values that may be changed before
/// writing.
struct Draft {
  ContainerHeader header;
  std::vector<const Container*> sources;
  std::vector<Record> records;  // with the ids that they keep; in any order, views count in this order
  std::vector<DraftRow> rows;   // one for each record
  /// For each feature block, which block of each source it comes from.
  std::vector<std::vector<uint32_t>> blocks;
  std::vector<std::vector<uint8_t>> documents;  // one for each DocumentInfo
  std::vector<std::vector<float>> probes;       // one for each block; empty where there is none
  std::vector<DraftSection> sections;           // unknown ones and the privacy report
  /// What the user should know: what was dropped, and why. Sentences without a full stop.
  std::vector<std::string> notes;
};

/// Everything that `source` holds, its unknown sections included. Signatures stay behind, because what they
/// sign is the file as it was; a note says so.
/// @errors corruptContainer where a document does not inflate; outOfMemory
[[nodiscard]] Result<Draft> draftOf(const Container& source);

/// The sections of a container that this version does not know, and the privacy report.
[[nodiscard]] std::vector<DraftSection> unknownSections(const Container& container);

struct DraftOptions {
  Compressor compress{};  // empty: every section is raw
  Limits limits{};
};

/// Writes the draft, in the order of its ids. Counts, summaries, moments, group numbers and certificates are
/// made anew. Stored rows are copied bit for bit where all sources of a block store them as the block does
/// (for i8 and i4 with the same scale and zero point); else they are narrowed again, and the error of that is
/// added to the block's.
/// @errors emptyContainer, invalidArgument, invalidLabel, featureOutOfRange, containerTooLarge, outOfMemory,
///         corruptContainer (of a source), those of `sink`
[[nodiscard]] Status writeDraft(const Draft& draft, const DraftOptions& options, const ByteSink& sink);

/// Whether any section of the container is compressed: what is derived from it then is, too.
[[nodiscard]] bool isCompressed(const Container& container);

}  // namespace pith
