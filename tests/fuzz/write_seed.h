// SPDX-License-Identifier: Apache-2.0
/// @file Files that fuzz targets start from.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace pith::test {

inline void writeSeed(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace pith::test
