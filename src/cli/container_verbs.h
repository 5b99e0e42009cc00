// SPDX-License-Identifier: Apache-2.0
/// @file The verbs that look into containers and make new ones from them. Each returns the exit code or
/// throws a Failure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "container_file.h"
#include "failure.h"
#include "pith/container/container.h"

namespace pith::cli {

/// What all verbs that make a container from one have; `json` stands in OutputOptions.
struct DerivedArguments : OutputOptions {
  std::string file;
};

struct MergeArguments : OutputOptions {
  std::vector<std::string> files;
  DatasetInfo dataset;  // what is said in place of what the files say
  std::string type;     // empty: as in the files
  bool sameEncoder = false;
};

struct SelectArguments : DerivedArguments {
  std::vector<std::string> splits, labels, features, columns;
  std::string idsPath;
  std::optional<uint64_t> sample;
  uint64_t seed = 0;
};

struct SplitArguments : DerivedArguments {
  std::string grouping;  // empty: the file's first; "none"
  std::string parts;
  std::optional<uint32_t> folds;
  std::string stratifyBy, name;
  uint64_t seed = 0;
};

struct EditArguments : DerivedArguments {
  std::vector<std::string> set, unset, notKnown, removeSplits, addDocuments, removeDocuments;
  std::string infoPath, headsPath;
};

struct ConvertArguments : DerivedArguments {
  std::string type;      // empty: as it is
  std::string compress;  // zstd, none; empty: as it is
};

struct DiffArguments {
  std::string first, second;
  bool json = false;
};

struct VerifyArguments {
  std::string file;
  std::vector<std::string> keys;
  bool json = false;
};

struct SignArguments {
  std::string file, key, output;
  bool force = false;
  bool json = false;
};

struct KeygenArguments {
  std::string name;
  bool json = false;
};

struct FindArguments {
  std::vector<std::string> folders;
  std::vector<std::string> labels, encoders, authors, licences, splits, titles;
  bool json = false;
};

struct DescribeArguments {
  std::string file;
  bool withoutRecords = false;
  bool json = false;
};

struct StatsArguments {
  std::string file;
  bool json = false;
};

ExitCode runMerge(const MergeArguments& arguments);
ExitCode runSelect(const SelectArguments& arguments);
ExitCode runSplit(const SplitArguments& arguments);
ExitCode runEdit(const EditArguments& arguments);
ExitCode runConvert(const ConvertArguments& arguments);
ExitCode runDiff(const DiffArguments& arguments);
ExitCode runVerify(const VerifyArguments& arguments);
ExitCode runSign(const SignArguments& arguments);
ExitCode runKeygen(const KeygenArguments& arguments);
ExitCode runFind(const FindArguments& arguments);
ExitCode runDescribe(const DescribeArguments& arguments);
ExitCode runStats(const StatsArguments& arguments);

}  // namespace pith::cli
