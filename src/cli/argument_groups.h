// SPDX-License-Identifier: Apache-2.0
/// @file The verbs of the command line in groups, one file each: arguments_GROUP.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "pith/container/container.h"

namespace pith::cli {

/// Each adds its verbs to `app`; the one that is chosen fills `command`, which outlives the parsing.
void addExtractVerb(CLI::App& app, Command& command);
void addProbeVerb(CLI::App& app, Command& command);
void addContainerVerbs(CLI::App& app, Command& command);
void addTransformVerbs(CLI::App& app, Command& command);
void addExportVerbs(CLI::App& app, Command& command);
void addImportVerb(CLI::App& app, Command& command);
void addModelVerbs(CLI::App& app, Command& command);

/// One option whose value is a single word, even where it may be given several times.
CLI::Option* addWords(CLI::App* verb, const std::string& name, std::vector<std::string>& words,
                      const std::string& help, const std::string& placeholder);

/// --title, --author and their kin.
void addDatasetOptions(CLI::App* verb, DatasetInfo& dataset, const char* heading);

/// The flag that every verb has.
inline void addJsonFlag(CLI::App* verb, bool& json) {
  verb->add_flag("--json", json, "Print the result as JSON");
}

/// Whether `verb` is below one that was given --json: `pith models --json verify`.
inline bool jsonSaidBefore(const CLI::App* verb) {
  const CLI::Option* const option = verb->get_parent()->get_option_no_throw("--json");
  return option && option->count() > 0;
}

/// What the verb does once its words are read. `Arguments` has a member `json`.
template <typename Arguments>
void onChosen(CLI::App* verb, Command& command, std::shared_ptr<Arguments> arguments,
              ExitCode (*run)(const Arguments&)) {
  verb->callback([verb, arguments, run, &command] {
    arguments->json = arguments->json || jsonSaidBefore(verb);
    command = {[arguments, run] { return run(*arguments); }, arguments->json};
  });
}

}  // namespace pith::cli
