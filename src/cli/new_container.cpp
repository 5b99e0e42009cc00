// SPDX-License-Identifier: Apache-2.0
#include "new_container.h"

#include <random>

#include "atomic_file.h"
#include "failure.h"
#include "files.h"
#include "pith/container/reader.h"
#include "text.h"

namespace pith::cli {

std::array<uint8_t, 32> chooseSeed(const std::optional<uint64_t>& number) {
  if (number) return seedFromNumber(*number);
  std::array<uint8_t, 32> seed;
  std::random_device entropy;
  for (uint8_t& byte : seed) byte = static_cast<uint8_t>(entropy());
  return seed;
}

NewContainer writeNewContainer(const std::string& path, bool force,
                               const std::function<Status(const ByteSink&)>& write) {
  const std::string what = "Cannot write " + inQuotes(path);
  AtomicFile file = require(AtomicFile::create(path), what);
  require(write([&](ByteView bytes) { return file.write(bytes); }), what);
  require(file.flush(), what);
  const MappedFile written = require(MappedFile::open(file.temporaryPath()), what);
  const std::string unread = what + ": what was written does not read back";
  const Container container = require(Container::open(written.bytes()), unread);
  require(container.verify(), unread);
  require(file.commit(force), what);
  return {written.bytes().size(), container.recordCount(), container.header()};
}

}  // namespace pith::cli
