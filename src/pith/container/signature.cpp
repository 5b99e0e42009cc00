// SPDX-License-Identifier: Apache-2.0
#include "pith/container/signature.h"

#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>

#include "pith/container/signature_block.h"

namespace pith {
namespace {

constexpr std::string_view domain = "pith signature 1";
constexpr std::string_view publicWord = "pith-public-key-1 ";
constexpr std::string_view secretWord = "pith-secret-key-1 ";

std::array<uint8_t, 48> messageOf(const Sha256Digest& rootSha256) {
  std::array<uint8_t, 48> message;
  static_assert(domain.size() + sizeof(Sha256Digest) == 48);
  std::ranges::copy(domain, message.begin());
  std::ranges::copy(rootSha256, message.begin() + domain.size());
  return message;
}

int digitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::array<uint8_t, 32>> parseKey(std::string_view text, std::string_view word) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::array<uint8_t, 32> key{};
  const Error wrong{ErrorCode::invalidArgument,
                    "a key file is one line of \"" + std::string(word) + "\" and 64 hexadecimal digits"};
  if (!text.starts_with(word) || text.size() != word.size() + 2 * key.size()) return wrong;
  text.remove_prefix(word.size());
  for (size_t i = 0; i < key.size(); ++i) {
    const int high = digitOf(text[2 * i]), low = digitOf(text[2 * i + 1]);
    if (high < 0 || low < 0) return wrong;
    key[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return key;
}

}  // namespace

KeyPair makeKeyPair(const SecretSeed& seed) {
  KeyPair keys{.seed = seed, .publicKey = {}};
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret;
  crypto_sign_ed25519_seed_keypair(keys.publicKey.data(), secret.data(), seed.data());
  return keys;
}

Signature signRoot(const KeyPair& keys, const Sha256Digest& rootSha256) {
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret;
  Signature signature;
  crypto_sign_ed25519_seed_keypair(signature.publicKey.data(), secret.data(), keys.seed.data());
  const auto message = messageOf(rootSha256);
  crypto_sign_ed25519_detached(signature.bytes.data(), nullptr, message.data(), message.size(), secret.data());
  return signature;
}

bool isValid(const Signature& signature, const Sha256Digest& rootSha256) {
  const auto message = messageOf(rootSha256);
  return crypto_sign_ed25519_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                             signature.publicKey.data()) == 0;
}

std::vector<uint8_t> encodeSignatures(uint64_t fileBytes, std::vector<Signature> signatures) {
  std::ranges::sort(signatures, {}, &Signature::publicKey);
  std::vector<uint8_t> block(static_cast<size_t>(format::alignUp(fileBytes) - fileBytes));
  for (const Signature& signature : signatures) {
    const size_t at = block.size();
    block.resize(at + format::signatureBytes);
    std::ranges::copy(format::signatureMagic, block.begin() + static_cast<ptrdiff_t>(at));
    std::ranges::copy(signature.publicKey, block.begin() + static_cast<ptrdiff_t>(at + format::publicKeyAt));
    std::ranges::copy(signature.bytes, block.begin() + static_cast<ptrdiff_t>(at + format::signatureAt));
  }
  return block;
}

std::string publicKeyText(const PublicKey& key) { return std::string(publicWord) + toHex(key) + "\n"; }
std::string secretKeyText(const SecretSeed& seed) { return std::string(secretWord) + toHex(seed) + "\n"; }

Result<PublicKey> parsePublicKey(std::string_view text) { return parseKey(text, publicWord); }

Result<KeyPair> parseSecretKey(std::string_view text) {
  PITH_ASSIGN_OR_RETURN(const SecretSeed seed, parseKey(text, secretWord));
  return makeKeyPair(seed);
}

}  // namespace pith

namespace pith::format {

Result<std::vector<Signature>> decodeSignatures(ByteView tail, uint64_t fileBytes) {
  const auto corrupt = [](const char* detail) { return Error{ErrorCode::corruptContainer, detail}; };
  std::vector<Signature> signatures;
  if (tail.empty()) return signatures;
  const size_t padding = static_cast<size_t>(alignUp(fileBytes) - fileBytes);
  if (tail.size() <= padding || (tail.size() - padding) % signatureBytes != 0 ||
      (tail.size() - padding) / signatureBytes > maxSignatures) {
    return corrupt("what follows the length that the preamble states is not padding and 1 to 16 signatures");
  }
  const auto isZero = [](ByteView bytes) { return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; }); };
  if (!isZero(tail.first(padding))) return corrupt("the padding before the signatures is not zero");
  for (size_t at = padding; at < tail.size(); at += signatureBytes) {
    const ByteView entry = tail.subspan(at, signatureBytes);
    if (!std::ranges::equal(entry.first(signatureMagic.size()), signatureMagic)) return corrupt("a signature does not begin as one");
    if (!isZero(entry.subspan(signatureMagic.size(), publicKeyAt - signatureMagic.size()))) {
      return corrupt("the reserved bytes of a signature are not zero");
    }
    Signature signature;
    std::memcpy(signature.publicKey.data(), entry.data() + publicKeyAt, signature.publicKey.size());
    std::memcpy(signature.bytes.data(), entry.data() + signatureAt, signature.bytes.size());
    if (!signatures.empty() && !(signatures.back().publicKey < signature.publicKey)) {
      return corrupt("the signatures are not in ascending order of their keys");
    }
    signatures.push_back(signature);
  }
  return signatures;
}

}  // namespace pith::format
