// SPDX-License-Identifier: Apache-2.0
/// @file Reads ZIP archives whose members are stored as they are, which is all that DoF ever wrote. Nothing
/// is inflated, so no member can be larger than the archive.
#pragma once

#include <string>
#include <unordered_map>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::dof {

/// Borrows the archive's bytes, which must outlive it.
class StoredZip {
 public:
  /// Checks the directory: one disk, no encryption, no compression, no name twice, every member inside of the
  /// file, none over another, local headers that agree.
  /// @errors notADofFile, corruptDof, unsupportedDof
  /// @source PKWARE, APPNOTE 6.3.10 (4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3)
  [[nodiscard]] static Result<StoredZip> open(ByteView archive);

  /// Whether the bytes start as an archive does.
  [[nodiscard]] static bool looksLike(ByteView bytes);

  [[nodiscard]] size_t size() const { return members_.size(); }
  [[nodiscard]] bool has(const std::string& name) const { return members_.contains(name); }
  /// The bytes of a member, after its CRC-32 was checked. @errors corruptDof, also where there is none of
  /// that name
  [[nodiscard]] Result<ByteView> read(const std::string& name) const;

 private:
  struct Member {
    ByteView bytes;
    uint32_t crc = 0;
  };
  std::unordered_map<std::string, Member> members_;
};

}  // namespace pith::dof
