// SPDX-License-Identifier: Apache-2.0
/// @file `pith convert`: another type for the features, with or without compression.
#include "pith/transform/convert.h"
#include "container_verbs.h"

namespace pith::cli {

ExitCode runConvert(const ConvertArguments& arguments) {
  if (arguments.type.empty() && arguments.compress.empty()) {
    failUsage("Say what to convert", "--type, --compress or both are needed", "For example: --type i8.");
  }
  checkOutput(arguments);
  const OpenContainer source = openWhole(arguments.file);
  Draft draft = require(convertContainer(source.container, featureTypeFromName(arguments.type)),
                        "Cannot convert " + inQuotes(arguments.file));
  for (size_t i = 0; i < draft.header.features.size(); ++i) {
    const FeatureBlock& before = source.container.header().features[i];
    if (before.narrowing.maxAbsolute > 0 && before.type != draft.header.features[i].type) {
      draft.notes.push_back(
          "the features " + inQuotes(before.name) + " were stored as " + std::string(nameOf(before.type)) +
          " before: what that took away does not come back, and its error is part of the new one");
    }
  }
  Saying saying;
  saying.lines.emplace_back("Before", humanBytes(source.file.bytes().size()));
  saying.members.emplace_back("fileBytesBefore", source.file.bytes().size());
  const std::optional<bool> compress =
      arguments.compress.empty() ? std::nullopt : std::optional(arguments.compress == "zstd");
  writeAndReport(draft, arguments, compress, saying);
  return ExitCode::success;
}

}  // namespace pith::cli
