// SPDX-License-Identifier: Apache-2.0
// `machine_features MODEL RECIPE.json OUT [IMAGE...]`: writes the features of the built-in pictures and of
// image files as float32, and prints the best milliseconds of the network in twelve runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <vector>

#include "pith/base/json.h"
#include "pith/pith.h"

namespace {

using Clock = std::chrono::steady_clock;

std::vector<uint8_t> readFile(const char* path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  std::vector<uint8_t> bytes(static_cast<size_t>(stream.tellg()));
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

pith::Result<double> bestMilliseconds(pith::Extractor& extractor, const pith::Recipe& recipe) {
  PITH_ASSIGN_OR_RETURN(const pith::FloatBuffer input, pith::prepareImage(pith::probeImage(1), recipe));
  double best = 1e9;
  for (int i = 0; i < 12; ++i) {
    const Clock::time_point start = Clock::now();
    PITH_ASSIGN_OR_RETURN(const auto features, extractor.extractPrepared(input));
    best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return best;
}

pith::Result<double> run(int argc, char** argv) {
  const std::vector<uint8_t> text = readFile(argv[2]);
  PITH_ASSIGN_OR_RETURN(const pith::Recipe recipe, pith::parseRecipe(pith::asText(text)));
  const std::vector<uint8_t> model = readFile(argv[1]);
  PITH_ASSIGN_OR_RETURN(
      pith::Extractor extractor,
      pith::Extractor::load(model, {.name = "machine", .recipe = recipe, .tap = {}, .limits = {}}));
  PITH_ASSIGN_OR_RETURN(std::vector<float> all, pith::computeProbe(extractor));
  for (int i = 4; i < argc; ++i) {
    PITH_ASSIGN_OR_RETURN(const auto features, extractor.extract(readFile(argv[i])));
    all.insert(all.end(), features.begin(), features.end());
  }
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(all.data()),
             static_cast<std::streamsize>(all.size() * sizeof(float)));
  return bestMilliseconds(extractor, recipe);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: machine_features MODEL RECIPE.json OUT [IMAGE...]\n");
    return 2;
  }
  const auto best = run(argc, argv);
  if (!best.ok()) {
    std::fprintf(stderr, "machine_features: %s\n", best.error().detail.c_str());
    return 1;
  }
  std::printf("%.2f\n", *best);
  return 0;
}
