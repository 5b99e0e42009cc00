// SPDX-License-Identifier: Apache-2.0
#include "argument_groups.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* modelsFooter =
    "Examples:\n"
    "  pith models                                   (what is here, and what can be fetched)\n"
    "  pith models add resnet50-v1                   (from the registry; its SHA-256 is pinned)\n"
    "  pith models add my.onnx --recipe my.json      (your own file)\n"
    "  pith models inspect my.onnx                   (where features can be taken)\n\n"
    "Looks into the user's own folder (PITH_MODELS, or models/ in the system's cache folder for pith), then "
    "into those of\n"
    "the installation. Only `add` with a name or an address uses the network, and does so through the "
    "system's `curl`.\n";
constexpr const char* addFooter =
    "Examples:\n"
    "  pith models add mobilenet-v2\n"
    "  pith models add mobilenet-v2 --to /media/usb/models       (then, elsewhere: "
    "PITH_MODELS=/media/usb/models)\n"
    "  pith models add /media/usb/models/mobilenet-v2            (a package's folder)\n"
    "  pith models add https://example.org/net.onnx --sha256 HEX --recipe net.json\n\n"
    "An interrupted download goes on where it stopped. Nothing is used before its SHA-256 was checked.\n";

void addAdd(CLI::App* models, Command& command) {
  CLI::App* const verb =
      models->add_subcommand("add", "Fetch or copy a model into the user's folder")->footer(addFooter);
  const auto arguments = std::make_shared<ModelsAddArguments>();
  verb->add_option("what", arguments->what, "Name of the registry, model file, package folder, or address")
      ->required()
      ->type_name("NAME|FILE|FOLDER|URL");
  verb->add_option("--to", arguments->folder, "Folder of packages, instead of the user's own")
      ->type_name("FOLDER");
  verb->add_option("--name", arguments->name, "Name of the package of a file or an address")
      ->type_name("NAME");
  verb->add_option("--recipe", arguments->recipe, "How images are prepared, for a file or an address")
      ->type_name("FILE.json");
  verb->add_option("--tap", arguments->tap,
                   "Tensor to take features from; found by itself where it is not given")
      ->type_name("TENSOR");
  verb->add_option("--sha256", arguments->sha256, "What the model file must have; needed for an address")->type_name("HEX");
  verb->add_option("--licence", arguments->licence, "SPDX identifier of the weights' licence")
      ->type_name("ID");
  verb->add_flag("--force", arguments->force, "Replace a package of the same name");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runModelsAdd);
}

void addCompact(CLI::App* models, Command& command) {
  CLI::App* const verb =
      models->add_subcommand("compact", "Make a smaller package of one: what the features do not need is left out, weights are narrowed")
          ->footer("The result is an ordinary ONNX file with its own SHA-256. What narrowing costs the features is measured on the built-in\n"
                   "pictures and stands in the new manifest.json.");
  const auto arguments = std::make_shared<ModelsCompactArguments>();
  verb->add_option("model", arguments->model, "Package")->required()->type_name("NAME|FOLDER");
  verb->add_option("--weights", arguments->weights, "f16: half the size; i8: a quarter, a scale for each channel")
      ->check(CLI::IsMember({"f16", "i8"}))
      ->default_val("f16");
  verb->add_option("--to", arguments->folder, "Folder of packages, instead of the user's own")->type_name("FOLDER");
  verb->add_option("--name", arguments->name, "Name of the new package")->type_name("NAME");
  verb->add_flag("--force", arguments->force, "Replace a package of the same name");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runModelsCompact);
}

void addInspect(CLI::App* models, Command& command) {
  CLI::App* const verb = models->add_subcommand("inspect", "Show where features can be taken from a network");
  const auto arguments = std::make_shared<ModelsInspectArguments>();
  verb->add_option("model", arguments->model, "Package or model file")->required()->type_name("NAME|FILE");
  verb->add_option("--recipe", arguments->recipe, "Recipe, for another input size")->type_name("FILE.json");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runModelsInspect);
}

void addNames(CLI::App* models, Command& command, const char* name, const char* help, bool required,
              ExitCode (*run)(const ModelsNamesArguments&)) {
  CLI::App* const verb = models->add_subcommand(name, help);
  const auto arguments = std::make_shared<ModelsNamesArguments>();
  verb->add_option("names", arguments->names, "Packages")->required(required)->type_name("NAME");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, run);
}

}  // namespace

void addModelVerbs(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("models", "List, add, compact, inspect, verify or remove models")->footer(modelsFooter);
  const auto arguments = std::make_shared<ModelsArguments>();
  addJsonFlag(verb, arguments->json);
  verb->require_subcommand(0, 1);
  verb->callback([verb, arguments, &command] {
    if (verb->get_subcommands().empty())
      command = {[arguments] { return runModels(*arguments); }, arguments->json};
  });
  CLI::App* const list = verb->add_subcommand("list", "What is on this computer, and what can be fetched");
  addJsonFlag(list, arguments->json);
  onChosen(list, command, arguments, runModels);
  addAdd(verb, command);
  addCompact(verb, command);
  addInspect(verb, command);
  addNames(verb, command, "verify", "Check size and SHA-256 of packages, of all where none is named", false,
           runModelsVerify);
  addNames(verb, command, "remove", "Remove packages from the user's folder", true, runModelsRemove);
}

}  // namespace pith::cli
