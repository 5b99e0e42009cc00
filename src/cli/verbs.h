// SPDX-License-Identifier: Apache-2.0
/// @file The verbs of the command line and what each is told. Each returns the exit code or throws a Failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encoders.h"
#include "failure.h"
#include "labels.h"
#include "pith/container/container.h"

namespace pith::cli {

struct ExtractArguments {
  std::vector<std::string> paths;
  std::string output;
  std::vector<EncoderArguments> encoders;
  FeatureType featureType = FeatureType::f16;
  LabelOptions labels;
  DatasetInfo dataset;
  unsigned jobs = 0;  // 0: one for each core
  std::optional<uint64_t> seed;
  bool keepNames = false;
  bool savings = false;   // store number, size and encoding time of the images
  bool compress = false;  // zstd
  bool force = false;
  bool json = false;
  bool quiet = false;
};

struct FileArguments {
  std::string file;
  bool json = false;
};

struct ProbeArguments {
  std::string file;
  std::vector<std::string> models;  // files of encoders, where they are no packages that are found
  bool json = false;
};

struct ExportArguments {
  std::string file;
  std::string format;  // npy, npz, safetensors, parquet, tfrecord, csv or croissant
  std::string output;
  std::string split;     // "PART" or "SPLIT=PART"; empty: every record
  std::string features;  // name of a block; empty: all
  std::string data;            // croissant: an export of the same container whose columns are described
  std::string url, published;  // croissant: what the container does not know
  bool force = false;
  bool json = false;
};

struct ImportArguments {
  std::string format;  // dof
  std::string file;    // an archive or a folder
  std::string output;
  std::string title;
  FeatureType featureType = FeatureType::f32;
  std::optional<LabelType> labelType;  // of y; else found from the values
  std::optional<uint64_t> seed;
  bool force = false;
  bool json = false;
};

struct ModelsArguments {
  bool json = false;
};

struct ModelsAddArguments {
  std::string what;    // a name of the registry, a model file, a package's folder, or an address
  std::string folder;  // empty: the user's own
  std::string name;    // of a file's or an address's package; empty: the file's
  std::string recipe;  // for a file or an address
  std::string tap;
  std::string sha256;  // of the model file; needed for an address
  std::string licence;
  bool force = false;
  bool json = false;
};

struct ModelsCompactArguments {
  std::string model;    // a package
  std::string weights;  // "f16" or "i8"
  std::string folder;   // empty: the user's own
  std::string name;     // empty: the package's and the weights' joined
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
ExitCode runImport(const ImportArguments& arguments);
ExitCode runProbe(const ProbeArguments& arguments);
ExitCode runExport(const ExportArguments& arguments);
ExitCode runModels(const ModelsArguments& arguments);
ExitCode runModelsAdd(const ModelsAddArguments& arguments);
ExitCode runModelsCompact(const ModelsCompactArguments& arguments);
ExitCode runModelsInspect(const ModelsInspectArguments& arguments);
ExitCode runModelsVerify(const ModelsNamesArguments& arguments);
ExitCode runModelsRemove(const ModelsNamesArguments& arguments);

}  // namespace pith::cli
