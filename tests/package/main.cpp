// SPDX-License-Identifier: Apache-2.0
// consumer FILE.pith: opens a container and says how many records and features it has.
#include <pith/pith.h>

#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) {
  std::ifstream file(argc > 1 ? argv[1] : "", std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const pith::Result<pith::Container> container =
      pith::Container::open({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  if (!container) {
    std::fprintf(stderr, "%s\n", container.error().detail.c_str());
    return 1;
  }
  const pith::Status whole = container->verify();
  std::printf("%zu records of %zu features, %s\n", container->recordCount(), container->featureCount(),
              whole ? "whole" : whole.error().detail.c_str());
  return whole ? 0 : 1;
}
