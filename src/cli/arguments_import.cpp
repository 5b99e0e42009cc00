// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* footer =
    "Example:\n"
    "  pith import dof old.dof -o new.pith --title \"Chest films\"\n\n"
    "Pickles are parsed, not run: whatever asks for more than numbers, tensors and arrays is refused by "
    "name.\n"
    "y becomes, unless --label-type says otherwise:\n"
    "  integers, texts          categorical up to 20 distinct values (or one for every 20 elements); else "
    "number, text\n"
    "  numbers with a point     number\n"
    "  lists of 0 and 1         categorical where each has one 1, else multi-label\n"
    "  other lists of numbers   one number column for each place\n"
    "What is said about each element becomes columns of information, and is stored as it is.\n"
    "Which model file made the features, and how the images were prepared, DoF did not keep.\n";

std::optional<LabelType> labelTypeNamed(const std::string& name) {
  if (name == "categorical") return LabelType::categorical;
  return name == "number" ? LabelType::number : LabelType::multiLabel;
}

}  // namespace

void addImportVerb(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("import", "Turn a data set of another format into a .pith file")->footer(footer);
  const auto arguments = std::make_shared<ImportArguments>();
  verb->add_option("FORMAT", arguments->format, "dof: DoF, version 1")
      ->required()
      ->check(CLI::IsMember({"dof"}))
      ->option_text(" ");
  verb->add_option("FILE", arguments->file, "A .dof file, or the folder that DoF unpacked it to")
      ->required()
      ->option_text(" ");
  verb->add_option("-o,--output", arguments->output, "File to write")->required()->type_name("OUT.pith");
  verb->add_option("--title", arguments->title, "Title of the data set, which DoF has not")
      ->type_name("TEXT");
  verb->add_option_function<std::string>(
          "--label-type",
          [arguments](const std::string& name) { arguments->labelType = labelTypeNamed(name); },
          "What y is: categorical, number or multi-label")
      ->check(CLI::IsMember({"categorical", "number", "multi-label"}))
      ->option_text("TYPE");
  verb->add_option_function<std::string>(
          "--dtype",
          [arguments](const std::string& name) { arguments->featureType = *featureTypeFromName(name); },
          "How features are stored: f32 (default), f16, bf16, i8 or i4")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "i8", "i4"}))
      ->option_text("TYPE");
  verb->add_option("--seed", arguments->seed,
                   "Draw the record ids from this number, for equal bytes (default: random)")
      ->type_name("N");
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runImport);
}

}  // namespace pith::cli
