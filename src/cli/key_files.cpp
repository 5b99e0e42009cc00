// SPDX-License-Identifier: Apache-2.0
#include "key_files.h"

#include "files.h"
#include "text.h"

namespace pith::cli {
namespace {

constexpr uint64_t maxKeyBytes = 4096;

std::string readKey(const std::string& path) {
  const std::vector<uint8_t> bytes =
      require(readFile(path, maxKeyBytes), "Cannot read the key " + inQuotes(path), ExitCode::usage);
  return std::string(asText(bytes));
}

}  // namespace

PublicKey readPublicKey(const std::string& path) {
  const std::string text = readKey(path);
  const Result<PublicKey> key = parsePublicKey(text);
  if (key) return *key;
  failUsage("This is no public key: " + inQuotes(path), key.error().detail,
            parseSecretKey(text).ok()
                ? "This is the secret key. Name the .pub file, and show the secret key to nobody."
                : "`pith keygen` makes keys; the public one ends in .pub.");
}

KeyPair readSecretKey(const std::string& path) {
  const std::string text = readKey(path);
  const Result<KeyPair> keys = parseSecretKey(text);
  if (keys) return *keys;
  failUsage("This is no secret key: " + inQuotes(path), keys.error().detail,
            parsePublicKey(text).ok() ? "This is the public key. Name the .key file that was made with it."
                                      : "`pith keygen` makes keys; the secret one ends in .key.");
}

}  // namespace pith::cli
