// SPDX-License-Identifier: Apache-2.0
/// @file Ed25519 signatures over a container's root hash. A signature says who; whether a key is trusted is the user's
/// question. spec/container.md, "Integrity and signatures".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/base/sha256.h"

namespace pith {

using PublicKey = std::array<uint8_t, 32>;
using SecretSeed = std::array<uint8_t, 32>;  // RFC 8032's 32 secret bytes

struct Signature {
  PublicKey publicKey{};
  std::array<uint8_t, 64> bytes{};
};

struct KeyPair {
  SecretSeed seed{};
  PublicKey publicKey{};
};

/// @param seed  32 bytes from a source of secure random numbers
[[nodiscard]] KeyPair makeKeyPair(const SecretSeed& seed);
[[nodiscard]] Signature signRoot(const KeyPair& keys, const Sha256Digest& rootSha256);
[[nodiscard]] bool isValid(const Signature& signature, const Sha256Digest& rootSha256);

/// What follows the container's last section: padding and all signatures, in ascending order of their keys.
/// @param fileBytes  the length that the preamble states
[[nodiscard]] std::vector<uint8_t> encodeSignatures(uint64_t fileBytes, std::vector<Signature> signatures);

/// One line: "pith-public-key-1 " or "pith-secret-key-1 " and 64 hexadecimal digits.
/// @errors invalidArgument
[[nodiscard]] std::string publicKeyText(const PublicKey& key);
[[nodiscard]] std::string secretKeyText(const SecretSeed& seed);
[[nodiscard]] Result<PublicKey> parsePublicKey(std::string_view text);
[[nodiscard]] Result<KeyPair> parseSecretKey(std::string_view text);

}  // namespace pith
