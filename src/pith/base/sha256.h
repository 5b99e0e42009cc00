// SPDX-License-Identifier: Apache-2.0
/// @file SHA-256 (FIPS 180-4) by libsodium; this is the only place that includes it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "pith/base/bytes.h"

namespace pith {

using Sha256Digest = std::array<uint8_t, 32>;

/// SHA-256 of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteView bytes);
  /// The digest of everything so far. The object is spent afterwards.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest sha256(ByteView bytes);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string toHex(ByteView bytes);

/// The digest written as 64 hexadecimal digits, or nothing where `hex` is anything else.
[[nodiscard]] std::optional<Sha256Digest> digestFromHex(std::string_view hex);

}  // namespace pith
