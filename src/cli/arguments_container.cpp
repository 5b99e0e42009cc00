// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* infoFooter = "Example:\n  pith info films.pith\n  pith info films.pith --json\n";
constexpr const char* verifyFooter =
    "Example:\n  pith verify films.pith && echo whole\n\nExit code 0: whole and unchanged; 1: not.\n";

void addFileVerb(CLI::App& app, Command& command, const char* name, const char* help, const char* footer,
                 ExitCode (*run)(const FileArguments&)) {
  CLI::App* const verb = app.add_subcommand(name, help)->footer(footer);
  const auto arguments = std::make_shared<FileArguments>();
  verb->add_option("FILE", arguments->file, "A container (.pith)")->required()->option_text(" ");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, run);
}

}  // namespace

void addContainerVerbs(CLI::App& app, Command& command) {
  addFileVerb(app, command, "info", "Say what a .pith file holds", infoFooter, runInfo);
  addFileVerb(app, command, "verify", "Check that a .pith file is whole and unchanged", verifyFooter,
              runVerify);
}

}  // namespace pith::cli
