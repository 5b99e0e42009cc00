// SPDX-License-Identifier: Apache-2.0
// The verbs that look into containers and vouch for them.
#include "argument_groups.h"
#include "container_verbs.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* infoFooter = "Example:\n  pith info films.pith\n  pith info films.pith --json\n";
constexpr const char* describeFooter =
    "Examples:\n"
    "  pith describe films.pith\n"
    "  pith describe films.pith --json --no-records > films.json   (`pith edit --from` reads it)\n\n"
    "Everything that the file holds but the features: descriptions, encoders, labels, splits, heads, "
    "documents, sections and their\n"
    "hashes, signatures; with --json the records, too. Fields are named as in spec/container.capnp.\n";
constexpr const char* statsFooter =
    "Examples:\n"
    "  pith stats films.pith\n"
    "  pith stats films.pith --json   (with the moments of each dimension)\n\n"
    "Saved time and benefit ratios are shown where the times were measured (`pith edit --from` can store "
    "them in \"savings\").\n";
constexpr const char* diffFooter =
    "Examples:\n"
    "  pith diff mine.pith yours.pith\n"
    "  pith diff films-f32.pith films-i8.pith   (equal, within narrowing, or different?)\n\n"
    "Records are compared by id, labels, splits, groupings and features by name. Compression, signatures and "
    "the writing program\n"
    "play no part. Exit code 0: they say the same; 1: they differ; 2: one of them cannot be read or is damaged.\n";
constexpr const char* findFooter =
    "Examples:\n"
    "  pith find archive/ --label pneumonia --licence CC-BY\n"
    "  pith find archive/ other/ --encoder resnet --split test --json\n\n"
    "Reads headers only. A word matches where it is part of the text, in capitals or not; all words have to "
    "match. --label looks at\n"
    "names, categories and codes, --split at NAME and NAME:PART. Files that are no containers are passed "
    "over, damaged ones are said.\n"
    "Exit code 0: something was found; 1: nothing.\n";
constexpr const char* verifyFooter =
    "Examples:\n"
    "  pith verify films.pith && echo whole\n"
    "  pith verify films.pith --key clinic.pub && echo from the clinic\n\n"
    "Exit code 0: whole, unchanged, and signed by every --key; 1: not. A signature says who; whether that "
    "key is whom you think\n"
    "is yours to know: get it from its owner, not from where the file came from.\n";
constexpr const char* signFooter =
    "Examples:\n"
    "  pith sign films.pith --key clinic.key\n"
    "  pith sign films.pith --key clinic.key -o signed.pith\n\n"
    "Adds a signature behind the file's content, which stays as it is. Several may sign. Whatever changes "
    "the file later takes the\n"
    "signatures away.\n";
constexpr const char* keygenFooter =
    "Example:\n"
    "  pith keygen -o clinic   (writes clinic.key and clinic.pub)\n\n"
    "Ed25519. Keep clinic.key to yourself: it is not encrypted. Hand out clinic.pub. Existing files are "
    "never "
    "replaced.\n";

CLI::App* addFileVerb(CLI::App& app, const char* name, const char* help, const char* footer,
                      std::string& file) {
  CLI::App* const verb = app.add_subcommand(name, help)->footer(footer);
  verb->add_option("FILE", file, "A container (.pith)")->required()->option_text(" ");
  return verb;
}

void addInfo(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<FileArguments>();
  CLI::App* const verb =
      addFileVerb(app, "info", "Say in short what a .pith file holds", infoFooter, arguments->file);
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runInfo);
}

void addDescribe(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<DescribeArguments>();
  CLI::App* const verb =
      addFileVerb(app, "describe", "Say everything that a .pith file holds but the features", describeFooter,
                  arguments->file);
  verb->add_flag("--no-records", arguments->withoutRecords, "With --json: leave the records out");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runDescribe);
}

void addStats(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<StatsArguments>();
  CLI::App* const verb =
      addFileVerb(app, "stats", "Show the balance of labels and splits, and figures of the features",
                  statsFooter, arguments->file);
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runStats);
}

void addDiff(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("diff", "Say what differs between two .pith files")->footer(diffFooter);
  const auto arguments = std::make_shared<DiffArguments>();
  verb->add_option("FIRST", arguments->first, "A container (.pith)")->required()->option_text(" ");
  verb->add_option("SECOND", arguments->second, "Another one")->required()->option_text(" ");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runDiff);
}

void addFind(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("find", "Search folders for .pith files by what they say")->footer(findFooter);
  const auto arguments = std::make_shared<FindArguments>();
  verb->add_option("FOLDERS", arguments->folders, "Folders and files to search")
      ->required()
      ->option_text("...");
  addWords(verb, "--label", arguments->labels, "Name, category or code of a label", "WORD");
  addWords(verb, "--encoder", arguments->encoders, "Name, family, type or SHA-256 of the encoder", "WORD");
  addWords(verb, "--author", arguments->authors, "Author or contact", "WORD");
  addWords(verb, "--licence", arguments->licences, "Terms of use", "WORD");
  addWords(verb, "--split", arguments->splits, "Name of a split, or NAME:PART", "WORD");
  addWords(verb, "--title", arguments->titles, "Title, notes or source", "WORD");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runFind);
}

void addVerify(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* const verb =
      addFileVerb(app, "verify", "Check that a .pith file is whole and unchanged, and who signed it",
                  verifyFooter, arguments->file);
  addWords(verb, "--key", arguments->keys, "Public key that must have signed the file", "FILE.pub");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runVerify);
}

void addSign(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<SignArguments>();
  CLI::App* const verb =
      addFileVerb(app, "sign", "Add your signature to a .pith file", signFooter, arguments->file);
  verb->add_option("--key", arguments->key, "Your secret key")->required()->type_name("FILE.key");
  verb->add_option("-o,--output", arguments->output, "File to write (default: the file itself)")
      ->type_name("OUT.pith");
  verb->add_flag("--force", arguments->force, "Replace the output if it exists");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runSign);
}

void addKeygen(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("keygen", "Make a pair of keys for signing")->footer(keygenFooter);
  const auto arguments = std::make_shared<KeygenArguments>();
  verb->add_option("-o,--output", arguments->name, "Writes NAME.key and NAME.pub")
      ->required()
      ->type_name("NAME");
  addJsonFlag(verb, arguments->json);
  onChosen(verb, command, arguments, runKeygen);
}

}  // namespace

void addContainerVerbs(CLI::App& app, Command& command) {
  addInfo(app, command);
  addDescribe(app, command);
  addStats(app, command);
  addDiff(app, command);
  addFind(app, command);
  addVerify(app, command);
  addKeygen(app, command);
  addSign(app, command);
}

}  // namespace pith::cli
