// SPDX-License-Identifier: Apache-2.0
// The verbs that make containers from containers.
#include "argument_groups.h"
#include "container_verbs.h"

namespace pith::cli {
namespace {

constexpr const char* mergeFooter =
    "Examples:\n"
    "  pith merge north.pith south.pith west.pith -o all.pith --title \"Three hospitals\"\n\n"
    "The encoders must be the same: SHA-256 of the model, recipe, tap, pooling, and the parity probe where "
    "the "
    "files hold one.\n"
    "Labels are joined by name; those that one file lacks are missing there. The same name with another "
    "type, "
    "unit or coding system is\n"
    "refused. Groups of different files stay different, splits with the same parts are joined, equal heads "
    "and "
    "documents are kept once.\n"
    "Records that stand in two files are refused. i8 and i4 features are stored anew, because their scale is "
    "one for the whole file;\n"
    "the error of that is added.\n"
    "Title, author, contact, source and notes: one text where the files agree, else all of them. Version, "
    "identifier and citation of\n"
    "each file go into the notes. Licences that differ need --licence.\n";
constexpr const char* selectFooter =
    "Examples:\n"
    "  pith select all.pith --split holdout:test -o test.pith\n"
    "  pith select all.pith --label sex=F --label \"age>=40\" -o women.pith\n"
    "  pith select all.pith --label diagnosis!=missing --columns diagnosis --features resnet -o small.pith\n"
    "  pith select all.pith --sample 1000 --seed 7 -o some.pith\n\n"
    "Conditions: NAME=VALUE and NAME!=VALUE; <, <=, >, >= for numbers, years and ordinal labels; a missing "
    "value fulfils NAME=missing\n"
    "only. Of a multi-label column NAME=CATEGORY means present; CATEGORY:absent, :uncertain and :missing "
    "mean "
    "these. All conditions\n"
    "have to hold; parts of one split are alternatives; PART `none` means records without one. Ids and "
    "stored "
    "features stay as they are.\n";
constexpr const char* splitFooter =
    "Examples:\n"
    "  pith split all.pith --parts train=0.7,valid=0.15,test=0.15 --stratify diagnosis -o split.pith\n"
    "  pith split all.pith --by patient --folds 5 --seed 3 --name cv -o folds.pith\n\n"
    "Groups are never divided: nobody stands on both sides, and the file holds a certificate of that. "
    "Without "
    "--by the file's first\n"
    "grouping is used (--by none: no grouping). The same file and seed give the same split "
    "(docs/splitting.md).\n";
constexpr const char* editFooter =
    "Examples:\n"
    "  pith edit films.pith --set dataset.licence=CC-BY-4.0 --not-known dataset.source -o new.pith\n"
    "  pith edit films.pith --set labels.age.unit=a --set encoders.0.training.batch_size=64 -o films.pith "
    "--force\n"
    "  pith edit films.pith --add-document consent.pdf --set \"documents.consent.pdf.title=Consent form\" -o "
    "new.pith\n"
    "  pith edit films.pith --heads heads.json -o new.pith\n\n"
    "Fields are named as in spec/container.capnp and as `pith describe --json` shows them: dataset.*, "
    "encoders.N.* (family, type,\n"
    "architectureSource, weightsSource, licence, citation, and the keys of model, dataProcessing, "
    "performance "
    "and training), labels.N.*\n"
    "(unit, codingSystem, code, description), groupings.N.description, heads.N.note, documents.N.*. N is a "
    "number or a name.\n"
    "--from reads that JSON: what is left out stays as it is. Features, labels of records, splits' members "
    "and "
    "what decides how features\n"
    "are computed cannot be edited. docs/heads.md has the form of --heads.\n";
constexpr const char* convertFooter =
    "Examples:\n"
    "  pith convert films.pith --type i8 -o small.pith\n"
    "  pith convert films.pith --type bf16 --compress zstd -o smaller.pith\n\n"
    "Says the measured error; errors of several conversions add up. Widening takes nothing back.\n";

CLI::App* addDerivingVerb(CLI::App& app, const char* name, const char* help, const char* footer,
                          DerivedArguments& arguments) {
  CLI::App* const verb = app.add_subcommand(name, help)->footer(footer);
  verb->add_option("FILE", arguments.file, "A container (.pith)")->required()->option_text(" ");
  return verb;
}

void addOutputOptions(CLI::App* verb, OutputOptions& output) {
  verb->add_option("-o,--output", output.path, "File to write")->required()->type_name("OUT.pith");
  verb->add_flag("--force", output.force, "Replace the output if it exists");
  addJsonFlag(verb, output.json);
}

CLI::Option* addType(CLI::App* verb, std::string& type) {
  return verb->add_option("--type", type, "How features are stored: f32, f16, bf16, i8 or i4")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "i8", "i4"}))
      ->option_text("TYPE");
}

void addMerge(CLI::App& app, Command& command) {
  CLI::App* const verb =
      app.add_subcommand("merge", "Join .pith files of the same encoder")->footer(mergeFooter);
  const auto arguments = std::make_shared<MergeArguments>();
  verb->add_option("FILES", arguments->files, "Two or more containers (.pith)")
      ->required()
      ->expected(2, -1)
      ->option_text("...");
  addType(verb, arguments->type);
  verb->add_flag("--same-encoder", arguments->sameEncoder,
                 "You vouch that encoders whose model or recipe is not known are the same");
  addDatasetOptions(verb, arguments->dataset, "Description, in place of what the files say");
  addOutputOptions(verb, *arguments);
  onChosen(verb, command, arguments, runMerge);
}

void addSelect(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<SelectArguments>();
  CLI::App* const verb =
      addDerivingVerb(app, "select", "Keep some records, labels or features", selectFooter, *arguments);
  addWords(verb, "--split", arguments->splits, "Records of this part of a split", "NAME:PART");
  addWords(verb, "--label", arguments->labels, "Records with this label", "NAME=VALUE");
  verb->add_option("--ids", arguments->idsPath,
                   "Records with these ids: one a line, or a CSV with a column id")
      ->type_name("FILE");
  verb->add_option("--sample", arguments->sample, "So many records, chosen by chance")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  verb->add_option("--seed", arguments->seed, "What chance follows from (default: 0)")->type_name("N");
  addWords(verb, "--features", arguments->features,
           "Feature blocks to keep, separated by commas (default: all)", "NAMES");
  addWords(verb, "--columns", arguments->columns,
           "Labels to keep, separated by commas; none: no label (default: all)", "NAMES");
  addOutputOptions(verb, *arguments);
  onChosen(verb, command, arguments, runSelect);
}

void addSplit(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<SplitArguments>();
  CLI::App* const verb =
      addDerivingVerb(app, "split", "Draw parts for training and testing that keep patients together",
                      splitFooter, *arguments);
  verb->add_option("--by", arguments->grouping, "Grouping whose groups stay whole (default: the first)")
      ->type_name("GROUPING");
  verb->add_option("--parts", arguments->parts, "Parts and their shares")->type_name("NAME=SHARE,...");
  verb->add_option("--folds", arguments->folds, "So many equal folds for cross-validation")
      ->type_name("K")
      ->check(CLI::Range(2u, 254u))
      ->option_text("K");
  verb->add_option("--stratify", arguments->stratifyBy, "Keep the balance of this label in every part")
      ->type_name("LABEL");
  verb->add_option("--seed", arguments->seed, "What chance follows from; stored (default: 0)")
      ->type_name("N");
  verb->add_option("--name", arguments->name, "Name of the split (default: holdout, or folds)")
      ->type_name("NAME");
  addOutputOptions(verb, *arguments);
  onChosen(verb, command, arguments, runSplit);
}

void addEdit(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<EditArguments>();
  CLI::App* const verb =
      addDerivingVerb(app, "edit", "Change what a .pith file says about itself", editFooter, *arguments);
  addWords(verb, "--set", arguments->set, "Set a field", "FIELD=TEXT");
  addWords(verb, "--unset", arguments->unset, "Empty a field", "FIELD");
  addWords(verb, "--not-known", arguments->notKnown, "Say that nobody knows it", "FIELD");
  verb->add_option("--from", arguments->infoPath, "Fields from JSON, as `pith describe --json` shows them")
      ->type_name("FILE.json");
  verb->add_option("--heads", arguments->headsPath, "Replace the suggested heads")->type_name("FILE.json");
  addWords(verb, "--add-document", arguments->addDocuments, "Add a file, with its name", "FILE");
  addWords(verb, "--remove-document", arguments->removeDocuments, "Remove a document", "NAME|N");
  addWords(verb, "--remove-split", arguments->removeSplits, "Remove a split", "NAME");
  addOutputOptions(verb, *arguments);
  onChosen(verb, command, arguments, runEdit);
}

void addConvert(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<ConvertArguments>();
  CLI::App* const verb = addDerivingVerb(app, "convert", "Store the features in another type, or compressed",
                                         convertFooter, *arguments);
  addType(verb, arguments->type);
  verb->add_option("--compress", arguments->compress, "zstd, or none")
      ->check(CLI::IsMember({"zstd", "none"}))
      ->option_text("zstd|none");
  addOutputOptions(verb, *arguments);
  onChosen(verb, command, arguments, runConvert);
}

}  // namespace

void addTransformVerbs(CLI::App& app, Command& command) {
  addMerge(app, command);
  addSelect(app, command);
  addSplit(app, command);
  addEdit(app, command);
  addConvert(app, command);
}

}  // namespace pith::cli
