// SPDX-License-Identifier: Apache-2.0
/// @file `pith verify`: is a container whole and unchanged, and who signed it?
#include <algorithm>

#include "container_verbs.h"
#include "key_files.h"
#include "output.h"

namespace pith::cli {
namespace {

/// @throws Failure unless each key has signed
void requireSignatures(const Container& container, const VerifyArguments& arguments,
                       const std::vector<PublicKey>& keys) {
  const std::vector<Signature>& signatures = container.signatures();
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto fits = [&](const Signature& signature) {
      return signature.publicKey == keys[i] && isValid(signature, container.rootSha256());
    };
    if (std::ranges::any_of(signatures, fits)) continue;
    throw Failure(
        ExitCode::failure, inQuotes(arguments.file) + " is not signed by " + inQuotes(arguments.keys[i]),
        {ErrorCode::hashMismatch,
         signatures.empty()
             ? "the file is whole and has no signature"
             : "the file is whole and has " + counted(signatures.size(), "signature") + " of other keys"},
        "Ask whoever gave you the key for the file that they signed.");
  }
}

Json signaturesToJson(const Container& container) {
  Json::Array array;
  for (const Signature& signature : container.signatures()) {
    array.push_back(Json::Object{{"publicKey", toHex(signature.publicKey)},
                                 {"valid", isValid(signature, container.rootSha256())}});
  }
  return array;
}

}  // namespace

ExitCode runVerify(const VerifyArguments& arguments) {
  std::vector<PublicKey> keys;
  for (const std::string& path : arguments.keys) keys.push_back(readPublicKey(path));
  const std::string name = inQuotes(arguments.file);
  const MappedFile file = require(MappedFile::open(arguments.file), "Cannot open " + name);
  const Container container = require(Container::open(file.bytes()), name + " is not valid");
  require(container.verify(), name + " is not valid");
  requireSignatures(container, arguments, keys);
  const size_t sections = container.sections().size();
  if (arguments.json) {
    printJson(Json::Object{{"valid", true},
                           {"records", container.recordCount()},
                           {"sections", sections},
                           {"fileBytes", file.bytes().size()},
                           {"rootSha256", toHex(container.rootSha256())},
                           {"signatures", signaturesToJson(container)}});
    return ExitCode::success;
  }
  std::string text = "Valid: " + counted(container.recordCount(), "record") + ", " +
                     counted(sections, "section") +
                     " with the SHA-256 that the header states, every feature finite\n";
  for (const Signature& signature : container.signatures())
    text += "Signed by " + toHex(signature.publicKey) + "\n";
  if (!keys.empty()) {
    text += "The given " + std::string(keys.size() == 1 ? "key has" : "keys have") + " signed\n";
  } else if (!container.signatures().empty()) {
    text += "Whether these keys are whom you trust is yours to say: --key FILE.pub checks one\n";
  }
  printText(text);
  return ExitCode::success;
}

}  // namespace pith::cli
