// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* extractFooter =
    "Examples:\n"
    "  pith extract films/ -o films.pith --title \"Chest films\" --licence CC-BY-4.0\n"
    "  pith extract train/ -o train.pith --label-from-folder\n"
    "  pith extract films/ -o films.pith --labels data.csv --id-column image_id --label-columns sex,age "
    "--group-column patient_id\n\n"
    "Files are tried by content, whatever their names; folders are taken with everything in them, except "
    "hidden files.\n"
    "Labels: a row belongs to the file whose name is its id, with or without the extension. A column of "
    "numbers is a number; else it is\n"
    "categorical up to 20 distinct values (or one for every 20 rows), else text. Empty cells, NA, N/A and "
    "NaN are missing.\n"
    "Names, paths, sizes and times of the files are not stored.\n";

constexpr unsigned maxJobs = 512;

void addLabelOptions(CLI::App* verb, LabelOptions& labels) {
  verb->add_option("--labels", labels.tablePath,
                   "Table with labels: CSV, UTF-8, the first line names the columns")
      ->type_name("FILE.csv")
      ->group("Labels");
  verb->add_option("--id-column", labels.idColumn, "Column that holds the names of the files")
      ->type_name("NAME")
      ->group("Labels");
  addWords(verb, "--label-columns", labels.columns,
           "Columns to store, separated by commas; no others are taken", "NAMES")
      ->group("Labels");
  addWords(verb, "--column-type", labels.columnTypes, "How a column is stored: categorical, number or text",
           "NAME=TYPE")
      ->group("Labels");
  verb->add_option("--group-column", labels.groupColumn,
                   "Column that is equal for images of one patient; stored as plain numbers, not as it is")
      ->type_name("NAME")
      ->group("Labels");
  verb->add_option("--split-column", labels.splitColumn, "Column that says train, valid or test")
      ->type_name("NAME")
      ->group("Labels");
  verb->add_flag("--label-from-folder", labels.fromFolder,
                 "Store the name of each file's folder as its label")
      ->group("Labels");
}

void addDatasetOptions(CLI::App* verb, DatasetInfo& dataset) {
  const auto add = [&](const char* name, std::string& text, const char* help) {
    verb->add_option(name, text, help)->type_name("TEXT")->group("Description, stored as it is");
  };
  add("--title", dataset.title, "Title of the data set");
  add("--author", dataset.author, "Who made it");
  add("--contact", dataset.contact, "Whom to ask");
  add("--source", dataset.source, "Where the images come from");
  add("--licence", dataset.licence, "Terms of use");
  add("--notes", dataset.notes, "Anything else");
}

}  // namespace

void addExtractVerb(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("extract", "Encode images into one .pith file")->footer(extractFooter);
  const auto arguments = std::make_shared<ExtractArguments>();
  verb->add_option("PATHS", arguments->paths, "Image files and folders")->required()->option_text("...");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT.pith");
  verb->add_option("--model", arguments->model, "Name of a model, or an .onnx or .tflite file")->type_name("NAME|FILE");
  verb->add_option("--recipe", arguments->recipe,
                   "How images are prepared, in place of the model's own recipe")
      ->type_name("FILE.json");
  verb->add_option("--tap", arguments->tap, "Tensor to take the features from (default: found by itself)")
      ->type_name("NAME");
  verb->add_option_function<std::string>(
          "--dtype",
          [arguments](const std::string& name) { arguments->featureType = *featureTypeFromName(name); },
          "How features are stored: f32, f16 (default), bf16, i8 or i4")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "i8", "i4"}))
      ->option_text("TYPE");
  verb->add_option("--jobs", arguments->jobs, "Threads (default: one for each core)")
      ->type_name("N")
      ->check(CLI::Range(1u, maxJobs))
      ->option_text("N");
  verb->add_option("--seed", arguments->seed,
                   "Draw the record ids from this number, for equal bytes (default: random)")
      ->type_name("N");
  verb->add_flag("--keep-names", arguments->keepNames, "Store the files' names; they may name patients");
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  addJsonFlag(verb, arguments->json);
  verb->add_flag("--quiet", arguments->quiet, "Print errors and refused files only");
  addLabelOptions(verb, arguments->labels);
  addDatasetOptions(verb, arguments->dataset);
  onChosen(verb, command, arguments, runExtract);
}

}  // namespace pith::cli
