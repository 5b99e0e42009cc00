// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* modelsFooter =
    "Example:\n  pith models\n\n"
    "Looks into the folder that PITH_MODELS names, then into those of the installation.\n";

}  // namespace

void addModelVerbs(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("models", "List the models that were found")->footer(modelsFooter);
  const auto arguments = std::make_shared<ModelsArguments>();
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runModels);
}

}  // namespace pith::cli
