// SPDX-License-Identifier: Apache-2.0
/// @file Containers on disk: opened, and written from drafts so that what has a name is whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "files.h"
#include "pith/base/json.h"
#include "pith/container/reader.h"
#include "pith/transform/draft.h"
#include "pith/transform/names.h"
#include "text.h"

namespace pith::cli {

/// A container and the file that it borrows.
struct OpenContainer {
  std::string path;
  MappedFile file;
  Container container;
};

/// @throws Failure with `exitCode`
OpenContainer openContainer(const std::string& path, ExitCode exitCode = ExitCode::failure);

/// The same, and verified: what is made from a damaged file must not look whole. @throws Failure
OpenContainer openWhole(const std::string& path);

struct OutputOptions {
  std::string path;
  bool force = false;  // replace a file of that name
  bool json = false;
};

/// Before any work: whether the output could be written. @throws Failure
void checkOutput(const OutputOptions& output);

/// Writes the draft, reads it back, verifies it, gives it its name, and says what was written: size, records,
/// features with their errors, the draft's notes. `facts` are lines and members of the caller, said first.
/// @param compress  whether sections are compressed; not given: as in the first source
/// @throws Failure
struct Saying {
  std::vector<std::pair<std::string, std::string>> lines;
  Json::Object members;
};
void writeAndReport(const Draft& draft, const OutputOptions& output,
                    std::optional<bool> compress = std::nullopt, const Saying& saying = {});

/// "Did you mean ...?" where a name of the list is near, else empty.
std::string didYouMean(const std::string& word, const std::vector<std::string>& names);

/// The place of a label, feature block, grouping or split by its name. @throws Failure (usage) with the names
/// that there are
template <typename Entry>
uint32_t requireName(const std::vector<Entry>& entries, const std::string& name, const std::string& kind) {
  const size_t index = findName(entries, name);
  if (index < entries.size()) return static_cast<uint32_t>(index);
  const std::vector<std::string> names = namesOf(entries);
  failUsage("The file has no " + kind + " " + inQuotes(name), "there are: " + listOfNames(names),
            didYouMean(name, names));
}

/// Words that are given once or several times, and separated by commas unless the word itself is a name.
std::vector<std::string> separated(const std::vector<std::string>& words,
                                   const std::vector<std::string>& names);

}  // namespace pith::cli
