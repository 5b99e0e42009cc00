// SPDX-License-Identifier: Apache-2.0
/// @file `pith keygen` and `pith sign`: who vouches for a container.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "atomic_file.h"
#include "container_verbs.h"
#include "interrupt.h"
#include "key_files.h"
#include "output.h"

namespace pith::cli {
namespace {

constexpr mode_t ownerOnly = 0600;
constexpr mode_t everybody = 0666;
constexpr size_t maxSignatures = 16;

SecretSeed randomSeed() {
  SecretSeed seed{};
  if (::getentropy(seed.data(), seed.size()) != 0) {
    throw Failure(ExitCode::failure, "Cannot make a key",
                  {ErrorCode::internalError, "the system gives no random numbers: " + systemReason(errno)});
  }
  return seed;
}

AtomicFile prepare(const std::string& path, const std::string& text) {
  const std::string what = "Cannot write " + inQuotes(path);
  require(checkWritable(path, false, text.size()), what);
  AtomicFile file = require(AtomicFile::create(path), what);
  require(file.write(asBytes(text)), what);
  return file;
}

/// Bytes of the file up to its last section.
uint64_t lengthWithoutSignatures(const Container& container) {
  const SectionInfo& last = container.sections().back();
  return last.offsetBytes + last.lengthBytes;
}

void writeSigned(const OpenContainer& source, std::vector<Signature> signatures, const std::string& output,
                 bool replace) {
  const std::string what = "Cannot write " + inQuotes(output);
  const uint64_t length = lengthWithoutSignatures(source.container);
  const std::vector<uint8_t> tail = encodeSignatures(length, std::move(signatures));
  require(checkWritable(output, replace, length + tail.size()), what);
  AtomicFile file = require(AtomicFile::create(output), what);
  require(file.write(source.file.bytes().first(static_cast<size_t>(length))), what);
  require(file.write(tail), what);
  require(file.flush(), what);
  const MappedFile written = require(MappedFile::open(file.temporaryPath()), what);
  const Container container =
      require(Container::open(written.bytes()), what + ": what was written does not read back");
  require(container.verify(), what + ": what was written does not read back");
  require(file.commit(replace), what);
}

}  // namespace

ExitCode runKeygen(const KeygenArguments& arguments) {
  catchInterrupts();
  const std::string secretPath = arguments.name + ".key", publicPath = arguments.name + ".pub";
  const KeyPair keys = makeKeyPair(randomSeed());
  AtomicFile secret = prepare(secretPath, secretKeyText(keys.seed));
  AtomicFile shared = prepare(publicPath, publicKeyText(keys.publicKey));
  require(secret.commit(false, ownerOnly), "Cannot write " + inQuotes(secretPath));
  require(shared.commit(false, everybody), "Cannot write " + inQuotes(publicPath));
  if (arguments.json) {
    printJson(Json::Object{{"secretKey", validUtf8(secretPath)},
                           {"publicKey", validUtf8(publicPath)},
                           {"key", toHex(keys.publicKey)}});
    return ExitCode::success;
  }
  Facts facts;
  facts.add("Secret key", printable(secretPath) + ", readable by you alone; whoever has it can sign as you");
  facts.add("Public key", printable(publicPath) + ", for everybody who shall check");
  facts.add("Key", toHex(keys.publicKey));
  printText(facts.text());
  return ExitCode::success;
}

ExitCode runSign(const SignArguments& arguments) {
  catchInterrupts();
  const KeyPair keys = readSecretKey(arguments.key);
  const OpenContainer source = openContainer(arguments.file);
  const std::string unsound = inQuotes(arguments.file) + " is not whole, and is not signed";
  require(source.container.verify(), unsound);
  std::vector<Signature> signatures = source.container.signatures();
  std::erase_if(signatures, [&](const Signature& other) { return other.publicKey == keys.publicKey; });
  if (signatures.size() >= maxSignatures) {
    throw Failure(ExitCode::failure, "Cannot sign " + inQuotes(arguments.file),
                  {ErrorCode::containerTooLarge,
                   "it has " + std::to_string(signatures.size()) + " signatures; 16 are allowed"});
  }
  signatures.push_back(signRoot(keys, source.container.rootSha256()));
  const size_t count = signatures.size();
  const bool inPlace = arguments.output.empty();
  const std::string output = inPlace ? arguments.file : arguments.output;
  writeSigned(source, std::move(signatures), output, inPlace || arguments.force);
  if (arguments.json) {
    printJson(Json::Object{{"output", validUtf8(output)},
                           {"key", toHex(keys.publicKey)},
                           {"signatures", count},
                           {"rootSha256", toHex(source.container.rootSha256())}});
    return ExitCode::success;
  }
  Facts facts;
  facts.add("Signed", printable(output) + ", " + counted(count, "signature") + " in all");
  facts.add("Key", toHex(keys.publicKey));
  facts.add("Root", toHex(source.container.rootSha256()));
  printText(facts.text());
  return ExitCode::success;
}

}  // namespace pith::cli
