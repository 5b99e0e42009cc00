// SPDX-License-Identifier: Apache-2.0
/// @file `pith merge`: several hospitals' files become one.
#include <deque>

#include "container_verbs.h"
#include "pith/transform/merge.h"

namespace pith::cli {

ExitCode runMerge(const MergeArguments& arguments) {
  checkOutput(arguments);
  std::deque<OpenContainer> opened;
  std::vector<const Container*> sources;
  std::string which;
  for (const std::string& path : arguments.files) {
    opened.push_back(openWhole(path));
    sources.push_back(&opened.back().container);
    which +=
        (which.empty() ? "" : "\n") + ("file " + std::to_string(sources.size())) + " is " + inQuotes(path);
  }
  MergeOptions options{arguments.dataset, featureTypeFromName(arguments.type), arguments.sameEncoder};
  Result<Draft> draft = mergeContainers(sources, options);
  if (!draft) {
    throw Failure(ExitCode::failure, "These files cannot be merged",
                  {draft.error().code, draft.error().detail + "\n" + which}, "Nothing was written.");
  }
  uint64_t duplicatesBefore = 0;
  for (const Container* source : sources) duplicatesBefore += source->header().features[0].duplicateCount;
  Saying saying;
  saying.lines.emplace_back("Merged", counted(sources.size(), "file"));
  saying.members.emplace_back("files", sources.size());
  saying.members.emplace_back("duplicatesBefore", duplicatesBefore);
  writeAndReport(*draft, arguments, std::nullopt, saying);
  return ExitCode::success;
}

}  // namespace pith::cli
