// SPDX-License-Identifier: Apache-2.0
/// @file `pith import dof`: a data set of the predecessor's version 1 becomes a container.
#include <algorithm>
#include <optional>

#include "atomic_file.h"
#include "files.h"
#include "interrupt.h"
#include "new_container.h"
#include "output.h"
#include "pith/container/describe.h"
#include "pith/dof/convert.h"
#include "pith/dof/stored_zip.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

/// The members of a .dof archive, or of the folder that DoF unpacks one to.
class DofSource {
 public:
  explicit DofSource(const std::string& path) : folder_(path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(folder_, ignored)) return;
    const std::string what = "Cannot import " + inQuotes(path);
    archive_ = require(MappedFile::open(path), what);
    zip_ = require(dof::StoredZip::open(archive_->bytes()), what);
  }

  Result<ByteView> read(const std::string& name) {
    if (zip_) return zip_->read(name);
    Result<MappedFile> file = MappedFile::open(folder_ / name);
    if (!file) return file.error();
    member_ = std::move(file).value();
    return member_->bytes();
  }

 private:
  std::filesystem::path folder_;
  std::optional<MappedFile> archive_, member_;
  std::optional<dof::StoredZip> zip_;
};

std::string typeOfColumn(const LabelColumn& column) {
  std::string text = printable(column.name) + ", " + std::string(nameOf(column.type));
  if (!column.categories.empty()) text += " of " + std::to_string(column.categories.size());
  return text;
}

void report(const ImportArguments& arguments, const NewContainer& made) {
  const ContainerHeader& header = made.header;
  if (arguments.json) {
    Json::Array columns;
    for (const LabelColumn& column : header.labelColumns) {
      columns.push_back(
          Json::Object{{"name", column.name}, {"type", nameOf(column.type)}, {"role", nameOf(column.role)}});
    }
    return printJson(Json::Object{{"output", validUtf8(arguments.output)},
                                  {"records", made.records},
                                  {"features", header.encoders[0].info.featureCount},
                                  {"columns", std::move(columns)},
                                  {"notKnown", Json::Array(header.notKnown.begin(), header.notKnown.end())},
                                  {"fileBytes", made.fileBytes},
                                  {"privacy", privacyNote}});
  }
  Facts facts;
  facts.add("Wrote", printable(arguments.output) + ", " + humanBytes(made.fileBytes));
  facts.add("Records", counted(made.records, "element") + " of " +
                           counted(static_cast<uint64_t>(header.encoders[0].info.featureCount), "value"));
  facts.addText("Encoder", header.encoders[0].info.name);
  for (const LabelColumn& column : header.labelColumns) {
    facts.add(column.role == ColumnRole::label ? "Label" : "Said", typeOfColumn(column));
  }
  if (!header.notKnown.empty()) facts.add("Unknown", joined(header.notKnown));
  printText(facts.text());
  printNote(privacyNote);
}

}  // namespace

ExitCode runImport(const ImportArguments& arguments) {
  catchInterrupts();
  const std::string what = "Cannot import " + inQuotes(arguments.file);
  require(checkWritable(arguments.output, arguments.force, 0), "Cannot write " + inQuotes(arguments.output));
  DofSource source(arguments.file);
  const dof::MemberReader read = [&](const std::string& name) { return source.read(name); };
  dof::Dataset dataset = require(dof::Dataset::read(read), what);
  dof::ConvertOptions options;
  options.title = arguments.title;
  options.featureType = arguments.featureType;
  options.labelType = arguments.labelType;
  const ContainerWriter writer = require(dof::convert(std::move(dataset), read, options), what);
  WriteOptions writing;
  writing.seed = chooseSeed(arguments.seed);
  const NewContainer made = writeNewContainer(arguments.output, arguments.force,
                                              [&](const ByteSink& sink) { return writer.write(writing, sink); });
  report(arguments, made);
  return ExitCode::success;
}

}  // namespace pith::cli
