// SPDX-License-Identifier: Apache-2.0
/// @file A container that did not exist before: written, read back, verified, and only then named.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "pith/container/writer.h"

namespace pith::cli {

struct NewContainer {
  uint64_t fileBytes = 0;
  size_t records = 0;
  ContainerHeader header;  // as it was read back, with the narrowing errors
};

/// The seed that the user asked for, or 32 bytes of the system's generator.
std::array<uint8_t, 32> chooseSeed(const std::optional<uint64_t>& number);

/// @param write  hands the container's bytes to the sink that it is given
/// @throws Failure
NewContainer writeNewContainer(const std::string& path, bool force,
                               const std::function<Status(const ByteSink&)>& write);

}  // namespace pith::cli
