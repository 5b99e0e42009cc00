// SPDX-License-Identifier: Apache-2.0
/// @file Croissant 1.1: what a data set is and where its columns lie, as JSON-LD that search engines and
/// loaders read.
/// @source MLCommons, Croissant Format Specification 1.1 (2026-01-29)
#pragma once

#include <optional>
#include <string>

#include "export/table.h"

namespace pith::cli {

/// A file as it will be published: under its own name, beside the metadata.
struct PublishedFile {
  std::string name, mediaType;
  uint64_t bytes = 0;
  Sha256Digest sha256{};
};

struct CroissantFacts {
  DatasetInfo dataset;
  PublishedFile container;
  std::optional<PublishedFile>
      data;                      // an export of the same table, as parquet or csv; its columns are described
  bool dataHasFeatures = false;  // csv has none
  std::string url, published;    // what the container does not know; empty where the user did not say
};

struct Croissant {
  Json metadata;
  std::vector<std::string> missing;  // properties that the format requires and nobody stated
};

Croissant makeCroissant(const ExportTable& table, const CroissantFacts& facts);

}  // namespace pith::cli
