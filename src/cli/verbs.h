// SPDX-License-Identifier: Apache-2.0
/// @file The verbs of the command line and what each is told. Each returns the exit code or throws a Failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "labels.h"
#include "pith/container/container.h"

namespace pith::cli {

struct ExtractArguments {
  std::vector<std::string> paths;
  std::string output;
  std::string model;
  std::string recipe;
  std::string tap;
  FeatureType featureType = FeatureType::f16;
  LabelOptions labels;
  DatasetInfo dataset;
  unsigned jobs = 0;  // 0: one for each core
  std::optional<uint64_t> seed;
  bool keepNames = false;
  bool force = false;
  bool json = false;
  bool quiet = false;
};

struct FileArguments {
  std::string file;
  bool json = false;
};

struct ExportArguments {
  std::string file;
  std::string format;  // npy or csv
  std::string output;
  bool force = false;
  bool json = false;
};

struct ModelsArguments {
  bool json = false;
};

struct ModelsAddArguments {
  std::string what;     // a name of the registry, a model file, a package's folder, or an address
  std::string folder;   // empty: the user's own
  std::string name;     // of a file's or an address's package; empty: the file's
  std::string recipe;   // for a file or an address
  std::string tap;
  std::string sha256;   // for an address
  std::string licence;
  bool force = false;
  bool json = false;
};

struct ModelsInspectArguments {
  std::string model;  // a package or a file
  std::string recipe;
  bool json = false;
};

struct ModelsNamesArguments {
  std::vector<std::string> names;
  bool json = false;
};

ExitCode runExtract(const ExtractArguments& arguments);
ExitCode runInfo(const FileArguments& arguments);
ExitCode runVerify(const FileArguments& arguments);
ExitCode runExport(const ExportArguments& arguments);
ExitCode runModels(const ModelsArguments& arguments);
ExitCode runModelsAdd(const ModelsAddArguments& arguments);
ExitCode runModelsInspect(const ModelsInspectArguments& arguments);
ExitCode runModelsVerify(const ModelsNamesArguments& arguments);
ExitCode runModelsRemove(const ModelsNamesArguments& arguments);

}  // namespace pith::cli
