// SPDX-License-Identifier: Apache-2.0
/// @file Writes ZIP archives of stored members, as `numpy.savez` does, of any size and number.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "export/sink.h"

namespace pith::cli {

class ZipWriter {
 public:
  explicit ZipWriter(BufferedSink& sink) : sink_(sink) {}

  /// @param write  gives the member's bytes; called twice, because their checksum stands before them
  Status add(const std::string& name, const std::function<Status(BufferedSink&)>& write);
  /// The directory.
  Status finish();

 private:
  struct Member {
    std::string name;
    uint32_t crc = 0;
    uint64_t bytes = 0, offset = 0;
  };
  BufferedSink& sink_;
  std::vector<Member> members_;
};

}  // namespace pith::cli
