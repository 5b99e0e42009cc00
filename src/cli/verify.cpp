// SPDX-License-Identifier: Apache-2.0
/// @file `pith verify`: is a container whole and unchanged?
#include "files.h"
#include "output.h"
#include "pith/container/reader.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {

ExitCode runVerify(const FileArguments& arguments) {
  const std::string name = inQuotes(arguments.file);
  const MappedFile file = require(MappedFile::open(arguments.file), "Cannot open " + name);
  const Container container = require(Container::open(file.bytes()), name + " is not valid");
  require(container.verify(), name + " is not valid");
  const size_t sections = container.sections().size();
  if (arguments.json) {
    printJson(Json::Object{{"valid", true},
                           {"records", container.recordCount()},
                           {"sections", sections},
                           {"signatures", container.signatures().size()},
                           {"fileBytes", file.bytes().size()}});
  } else {
    std::string text = "Valid: " + counted(container.recordCount(), "record") + ", " + counted(sections, "section") +
                       " with the SHA-256 that the header states, every feature finite\n";
    for (const Signature& signature : container.signatures()) text += "Signed by " + toHex(signature.publicKey) + "\n";
    printText(text);
  }
  return ExitCode::success;
}

}  // namespace pith::cli
