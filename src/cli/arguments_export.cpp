// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* exportFooter =
    "Examples:\n"
    "  pith export films.pith --to npy -o features.npy   (numpy.load: float32, or float16 where the file "
    "holds f16)\n"
    "  pith export films.pith --to csv -o records.csv    (id, name where kept, split, group and labels, in "
    "the same order)\n";

}  // namespace

void addExportVerbs(CLI::App& app, Command& command) {
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
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runExport);
}

}  // namespace pith::cli
