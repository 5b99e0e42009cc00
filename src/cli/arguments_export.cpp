// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* footer =
    "Formats:\n"
    "  npy          one block of features: numpy.load gives [records, features], float32 or float16\n"
    "  npz          everything as arrays of NumPy: features/0, ids, splits/..., groups/..., labels/...\n"
    "  safetensors  the same as tensors, for PyTorch and others; vocabularies in the metadata\n"
    "  parquet      one table for Arrow, pandas and DuckDB; features are a list column\n"
    "  tfrecord     tf.train.Example protos for TensorFlow\n"
    "  csv          everything but the features\n"
    "  croissant    metadata for catalogues and loaders: files with their SHA-256, columns, licence\n"
    "Records keep the container's order in each of them.\n\n"
    "Examples:\n"
    "  pith export films.pith --to npy -o features.npy\n"
    "  pith export films.pith --to parquet -o train.parquet --split train\n"
    "  pith export films.pith --to croissant -o films.json --data films.parquet --url "
    "https://example.org/films\n";

}  // namespace

void addExportVerbs(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("export", "Write a .pith file in a format that other programs read")->footer(footer);
  const auto arguments = std::make_shared<ExportArguments>();
  verb->add_option("FILE", arguments->file, "A container (.pith)")->required()->option_text(" ");
  verb->add_option("--to", arguments->format,
                   "npy, npz, safetensors, parquet, tfrecord, csv or croissant; see below")
      ->required()
      ->check(CLI::IsMember({"npy", "npz", "safetensors", "parquet", "tfrecord", "csv", "croissant"}))
      ->option_text("FORMAT REQUIRED");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT");
  verb->add_option("--split", arguments->split, "Only the records of one part, such as train")
      ->type_name("[SPLIT=]PART");
  verb->add_option("--features", arguments->features, "Only this block of features (default: all)")
      ->type_name("NAME");
  constexpr const char* croissant = "Croissant";
  verb->add_option("--data", arguments->data,
                   "Parquet or CSV export of the same records, to describe its columns too")
      ->type_name("FILE")
      ->group(croissant);
  verb->add_option("--url", arguments->url, "Web page of the data set")->type_name("URL")->group(croissant);
  verb->add_option("--published", arguments->published, "Day of publication, as 2026-11-30")
      ->type_name("DATE")
      ->group(croissant);
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runExport);
}

}  // namespace pith::cli
