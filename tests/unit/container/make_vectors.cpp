// SPDX-License-Identifier: Apache-2.0
// make_vectors FOLDER: writes the golden files anew. Run it after a deliberate change of the format, look at the
// difference, and say in spec/container.md what changed:  make_vectors spec/vectors
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "unit/container/vectors/vectors.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_vectors FOLDER\n", stderr);
    return 2;
  }
  for (const pith::test::Vector& vector : pith::test::makeVectors()) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / vector.name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream pith(path.string() + ".pith", std::ios::binary);
    pith.write(reinterpret_cast<const char*>(vector.bytes.data()), static_cast<std::streamsize>(vector.bytes.size()));
    std::ofstream json(path.string() + ".json", std::ios::binary);
    json << pith::test::answerTo(vector.bytes);
    if (!pith.flush() || !json.flush()) {
      std::fputs("a file could not be written\n", stderr);
      return 1;
    }
  }
  return 0;
}
