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
    "--group-column patient_id\n"
    "  pith extract films/ -o films.pith --model resnet50.onnx --recipe imagenet.json --tap :avg+max --model "
    "rad-dino\n\n"
    "An image is decoded once for all encoders. --recipe and --tap belong to the --model before them, or to "
    "the first. "
    "POOLING is avg, max,\n"
    "avg+max, gem (p = 3), gem=P, cls (the first token) or none (a vector as it is, or every place of a map: "
    "such a grid "
    "keeps far more of the\n"
    "picture); without it, what the network does. --tap :max pools the tensor that is found by itself.\n"
    "Files are tried by content, whatever their names; folders are taken with everything in them, except "
    "hidden files\n"
    "and what systems put there (Thumbs.db, desktop.ini, Icon).\n"
    "Labels: a row belongs to the file whose name is its id, with or without the extension. A column of "
    "numbers is a number; else it is\n"
    "categorical up to 20 distinct values (or one for every 20 rows), else text. Empty cells, NA, N/A and "
    "NaN are missing.\n"
    "Names, paths, sizes and times of the files are not stored; --savings stores sums of sizes and the "
    "encoding time.\n";

constexpr const char* probeFooter =
    "Examples:\n"
    "  pith probe films.pith\n"
    "  pith probe films.pith --model resnet50.onnx\n\n"
    "A file holds what its encoders gave for three built-in pictures. They are computed again and compared: "
    "the same to the "
    "bit, the same but\n"
    "for rounding, or different. Exit code 0: the same; 1: different; 2: nothing could be compared.\n";

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
  addWords(verb, "--column-type", labels.columnTypes,
           "How a column is stored: categorical, number, text, year (of a date), or ordinal:LOW,...,HIGH",
           "NAME=TYPE")
      ->group("Labels");
  addWords(verb, "--multi-label", labels.multiLabels,
           "Columns of 1, 0, -1 (uncertain) and nothing, as one label with a category for each",
           "NAME=COLUMNS")
      ->group("Labels");
  addWords(verb, "--group-column", labels.groupColumns,
           "Column that is equal for images of one patient (or study: may be given again); stored as plain "
           "numbers, not as it is",
           "NAME")
      ->group("Labels");
  verb->add_option("--split-column", labels.splitColumn, "Column that says train, valid or test")
      ->type_name("NAME")
      ->group("Labels");
  verb->add_flag("--label-from-folder", labels.fromFolder,
                 "Store the name of each file's folder as its label")
      ->group("Labels");
}

/// The three options are read in the order of the command line.
void addEncoderOptions(CLI::App* verb, std::vector<EncoderArguments>& encoders) {
  const auto named = std::make_shared<bool>(false);  // whether a --model was read
  const auto add = [&](const char* name, const char* placeholder,
                       std::function<void(const std::string&)> take, const char* help) {
    verb->add_option_function<std::string>(name, take, help)
        ->trigger_on_parse()
        ->allow_extra_args(false)
        ->type_name(placeholder)
        ->group("Encoders, each with its taps");
  };
  const auto last = [&encoders]() -> EncoderArguments& {
    if (encoders.empty()) encoders.emplace_back();
    return encoders.back();
  };
  add(
      "--model", "NAME|FILE",
      [named, last, &encoders](const std::string& word) {
        if (*named) encoders.emplace_back();
        *named = true;
        last().model = word;
      },
      "Name of a model, or an .onnx or .tflite file; may be given several times");
  add(
      "--recipe", "FILE.json", [last](const std::string& word) { last().recipe = word; },
      "How images are prepared for the --model before it, in place of its own recipe");
  add(
      "--tap", "NAME[:POOLING]",
      [last](const std::string& word) { last().taps.push_back(tapFromWord(word)); },
      "Tensor of the --model before it to take features from (default: found by itself); may be given "
      "several times");
}

}  // namespace

void addDatasetOptions(CLI::App* verb, DatasetInfo& dataset, const char* heading) {
  const auto add = [&](const char* name, std::string& text, const char* help) {
    verb->add_option(name, text, help)->type_name("TEXT")->group(heading);
  };
  add("--title", dataset.title, "Title of the data set");
  add("--author", dataset.author, "Who made it");
  add("--contact", dataset.contact, "Whom to ask");
  add("--source", dataset.source, "Where the images come from");
  add("--licence", dataset.licence, "Terms of use");
  add("--notes", dataset.notes, "Anything else");
}

void addExtractVerb(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("extract", "Encode images into one .pith file")->footer(extractFooter);
  const auto arguments = std::make_shared<ExtractArguments>();
  verb->add_option("PATHS", arguments->paths, "Image files and folders")->required()->option_text("...");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT.pith");
  addEncoderOptions(verb, arguments->encoders);
  verb->add_option_function<std::string>(
          "--dtype,--type",
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
  verb->add_option_function<std::string>(
          "--compress", [arguments](const std::string& name) { arguments->compress = name == "zstd"; },
          "zstd: a smaller file, which takes longer to write and to read; none (default)")
      ->check(CLI::IsMember({"zstd", "none"}))
      ->option_text("zstd|none");
  verb->add_flag("--savings", arguments->savings,
                 "Store how many images there were, their bytes in all and the encoding time");
  verb->add_flag("--keep-names", arguments->keepNames, "Store the files' names; they may name patients");
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  addJsonFlag(verb, arguments->json);
  verb->add_flag("--quiet", arguments->quiet, "Print errors and refused files only");
  addLabelOptions(verb, arguments->labels);
  addDatasetOptions(verb, arguments->dataset, "Description, stored as it is");
  onChosen(verb, command, arguments, runExtract);
}

void addProbeVerb(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("probe", "Check that this machine computes the features of a .pith file")
          ->footer(probeFooter);
  const auto arguments = std::make_shared<ProbeArguments>();
  verb->add_option("FILE", arguments->file, "A container (.pith)")->required()->option_text(" ");
  addWords(verb, "--model", arguments->models,
           "Model file of an encoder (default: the packages that are found)", "FILE");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runProbe);
}

}  // namespace pith::cli
