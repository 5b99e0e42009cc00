// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <CLI/CLI.hpp>

#include "argument_groups.h"
#include "output.h"
#include "text.h"

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

CLI::Option* addWords(CLI::App* verb, const std::string& name, std::vector<std::string>& words,
                      const std::string& help, const std::string& placeholder) {
  return verb->add_option(name, words, help)
      ->allow_extra_args(false)
      ->type_size(1)
      ->type_name(placeholder)
      ->take_all();
}

bool asksForJson(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--") return false;  // what follows are names of files
    if (word == "--json") return true;
  }
  return false;
}

Command parseArguments(int count, char** words) {
  CLI::App app(overview, "pith");
  app.footer(overviewFooter);
  app.set_help_flag("-h,--help", "Print this help");
  app.set_version_flag("--version", "pith " PITH_VERSION, "Print the version");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Command command;
  addExtractVerb(app, command);
  addProbeVerb(app, command);
  addContainerVerbs(app, command);
  addTransformVerbs(app, command);
  addExportVerbs(app, command);
  addImportVerb(app, command);
  addModelVerbs(app, command);
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
