// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "output.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* overview =
    "Runs a frozen network once, where the medical images are, and stores its pooled output in one .pith "
    "file.";

constexpr const char* overviewFooter =
    "Example:\n"
    "  pith extract films/ -o films.pith\n"
    "  pith info films.pith\n\n"
    "`pith VERB --help` explains each verb.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 written but some files were refused, 4 no file could be "
    "encoded, 130 interrupted.\n";

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

constexpr const char* infoFooter = "Example:\n  pith info films.pith\n  pith info films.pith --json\n";
constexpr const char* verifyFooter =
    "Example:\n  pith verify films.pith && echo whole\n\nExit code 0: whole and unchanged; 1: not.\n";
constexpr const char* exportFooter =
    "Examples:\n"
    "  pith export films.pith --to npy -o features.npy   (numpy.load: float32, or float16 where the file "
    "holds f16)\n"
    "  pith export films.pith --to csv -o records.csv    (id, name where kept, split, group and labels, in "
    "the same order)\n";
constexpr const char* modelsFooter =
    "Example:\n  pith models\n\n"
    "Looks into the folder that PITH_MODELS names, then into those of the installation.\n";

constexpr unsigned maxJobs = 512;

/// One option whose value is a single word, even where it may be given several times.
CLI::Option* addWords(CLI::App* verb, const std::string& name, std::vector<std::string>& words,
                      const std::string& help, const std::string& placeholder) {
  return verb->add_option(name, words, help)
      ->allow_extra_args(false)
      ->type_size(1)
      ->type_name(placeholder)
      ->take_all();
}

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

void addExtract(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("extract", "Encode images into one .pith file")->footer(extractFooter);
  const auto arguments = std::make_shared<ExtractArguments>();
  verb->add_option("PATHS", arguments->paths, "Image files and folders")->required()->option_text("...");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT.pith");
  verb->add_option("--model", arguments->model, "Name of a model, or an .onnx file")->type_name("NAME|FILE");
  verb->add_option("--recipe", arguments->recipe,
                   "How images are prepared, in place of the model's own recipe")
      ->type_name("FILE.json");
  verb->add_option("--tap", arguments->tap, "Tensor to take the features from (default: found by itself)")
      ->type_name("NAME");
  verb->add_option_function<std::string>(
          "--dtype",
          [arguments](const std::string& name) { arguments->featureType = *featureTypeFromName(name); },
          "How features are stored: f32, f16 (default) or i8")
      ->check(CLI::IsMember({"f32", "f16", "i8"}))
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
  verb->add_flag("--json", arguments->json, "Print the result as JSON");
  verb->add_flag("--quiet", arguments->quiet, "Print errors and refused files only");
  addLabelOptions(verb, arguments->labels);
  addDatasetOptions(verb, arguments->dataset);
  verb->callback([arguments, &command] {
    command = {[arguments] { return runExtract(*arguments); }, arguments->json};
  });
}

void addFileVerb(CLI::App& app, Command& command, const char* name, const char* help, const char* footer,
                 ExitCode (*run)(const FileArguments&)) {
  CLI::App* const verb = app.add_subcommand(name, help)->footer(footer);
  const auto arguments = std::make_shared<FileArguments>();
  verb->add_option("FILE", arguments->file, "A container (.pith)")->required()->option_text(" ");
  verb->add_flag("--json", arguments->json, "Print the result as JSON");
  verb->callback([arguments, run, &command] {
    command = {[arguments, run] { return run(*arguments); }, arguments->json};
  });
}

void addExport(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("export", "Write the features as NumPy or the records as CSV")->footer(exportFooter);
  const auto arguments = std::make_shared<ExportArguments>();
  verb->add_option("FILE", arguments->file, "A container (.pith)")->required()->option_text(" ");
  verb->add_option("--to", arguments->format, "npy: the features; csv: the records")
      ->required()
      ->check(CLI::IsMember({"npy", "csv"}))
      ->option_text("npy|csv REQUIRED");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT");
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  verb->add_flag("--json", arguments->json, "Print the result as JSON");
  verb->callback([arguments, &command] {
    command = {[arguments] { return runExport(*arguments); }, arguments->json};
  });
}

void addModels(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("models", "List the models that were found")->footer(modelsFooter);
  const auto arguments = std::make_shared<ModelsArguments>();
  verb->add_flag("--json", arguments->json, "Print the result as JSON");
  verb->callback([arguments, &command] {
    command = {[arguments] { return runModels(*arguments); }, arguments->json};
  });
}

std::vector<std::string> verbNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> optionNames(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// CLI11 says what is wrong; this adds what may have been meant.
[[noreturn]] void failParsing(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& verb = chosen.empty() ? app : *chosen[0];
  const std::string help =
      "`pith " + (chosen.empty() ? "" : verb.get_name() + " ") + "--help` shows what there is.";
  for (const std::string& word : verb.remaining()) {
    if (!word.starts_with("-")) continue;
    const std::string name = word.substr(0, word.find('='));
    const std::string nearest = nearestWord(name, optionNames(verb));
    failUsage("There is no option " + printable(name), "`pith " + verb.get_name() + "` does not know it",
              nearest.empty() ? help : "Did you mean " + nearest + "? " + help);
  }
  failUsage("Wrong usage", printable(error.what()), help);
}

Command printing(std::string text) {
  return {[text = std::move(text)] {
    printText(text);
    return ExitCode::success;
  }};
}

}  // namespace

Command parseArguments(int count, char** words) {
  CLI::App app(overview, "pith");
  app.footer(overviewFooter);
  app.set_help_flag("-h,--help", "Print this help");
  app.set_version_flag("--version", "pith " PITH_VERSION, "Print the version");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Command command;
  addExtract(app, command);
  addFileVerb(app, command, "info", "Say what a .pith file holds", infoFooter, runInfo);
  addFileVerb(app, command, "verify", "Check that a .pith file is whole and unchanged", verifyFooter,
              runVerify);
  addExport(app, command);
  addModels(app, command);
  if (count < 2) {
    printNote(app.help());
    failUsage("No verb was given", "one of " + joined(verbNames(app)) + " is needed",
              "`pith extract --help` shows an example.");
  }
  const std::vector<std::string> verbs = verbNames(app);
  if (const std::string first = words[1];
      !first.starts_with("-") && std::find(verbs.begin(), verbs.end(), first) == verbs.end()) {
    const std::string nearest = nearestWord(first, verbs);
    failUsage("There is no verb " + inQuotes(first), "one of " + joined(verbs) + " is needed",
              nearest.empty() ? "`pith --help` explains them." : "Did you mean `pith " + nearest + "`?");
  }
  try {
    app.parse(count, words);
  } catch (const CLI::CallForHelp&) {
    return printing(app.help());
  } catch (const CLI::CallForVersion& version) {
    return printing(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    failParsing(app, error);
  }
  return command;
}

}  // namespace pith::cli
