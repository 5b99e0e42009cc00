// SPDX-License-Identifier: Apache-2.0
/// @file Times each step of the main path on real files, one thread: `pith_bench MODEL RECIPE.json SECONDS IMAGE...`
/// Prints one JSON object: images per second by step, median milliseconds of the network, and peak memory.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#ifdef __EMSCRIPTEN__
#include <emscripten/heap.h>
#else
#include <sys/resource.h>
#endif

#include "pith/base/json.h"
#include "pith/pith.h"

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<uint8_t> readFile(const char* path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  std::vector<uint8_t> bytes(static_cast<size_t>(stream.tellg()));  // one block, so that the peak is the engine's
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

/// Calls `work(i)` for i = 0, 1, ... over and over until `seconds` have passed, after one call that is not counted.
/// @return median seconds of a call
double medianSeconds(size_t count, double seconds, const std::function<bool(size_t)>& work) {
  if (!work(0)) return 0;
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  for (size_t i = 0; secondsSince(start) < seconds || times.size() < 3; ++i) {
    const Clock::time_point call = Clock::now();
    if (!work(i % count)) return 0;
    times.push_back(secondsSince(call));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

int64_t peakMemoryBytes() {
#ifdef __EMSCRIPTEN__
  return static_cast<int64_t>(emscripten_get_heap_size());
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
#endif
}

int fail(const pith::Error& error) {
  std::fprintf(stderr, "pith_bench: %s: %s\n", std::string(pith::errorName(error.code)).c_str(), error.detail.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: pith_bench MODEL RECIPE.json SECONDS IMAGE...\n");
    return 2;
  }
  const std::vector<uint8_t> recipeText = readFile(argv[2]);
  const auto recipe = pith::parseRecipe(pith::asText(recipeText));
  if (!recipe.ok()) return fail(recipe.error());
  const double seconds = std::stod(argv[3]);

  const Clock::time_point loading = Clock::now();
  std::vector<uint8_t> model = readFile(argv[1]);
  const pith::ExtractorOptions options{
      .name = "bench", .recipe = *recipe, .tap = {}, .limits = {}, .onImported = [&] { std::vector<uint8_t>().swap(model); }};
  auto extractor = pith::Extractor::load(model, options);
  if (!extractor.ok()) return fail(extractor.error());
  const double loadSeconds = secondsSince(loading);

  std::vector<std::vector<uint8_t>> files;
  std::vector<pith::Image> images;
  for (int i = 4; i < argc; ++i) {
    files.push_back(readFile(argv[i]));
    auto image = pith::decodeImage(files.back());
    if (!image.ok()) return fail(image.error());
    images.push_back(std::move(image).value());
  }
  auto input = pith::prepareImage(images[0], *recipe);
  if (!input.ok()) return fail(input.error());

  const size_t count = files.size();
  const double decode = medianSeconds(count, seconds, [&](size_t i) { return pith::decodeImage(files[i]).ok(); });
  const double prepare = medianSeconds(count, seconds, [&](size_t i) { return pith::prepareImage(images[i], *recipe).ok(); });
  const double infer = medianSeconds(count, seconds, [&](size_t) { return extractor->extractPrepared(*input).ok(); });
  size_t done = 0;
  const Clock::time_point start = Clock::now();
  while (secondsSince(start) < seconds || done < count) {
    if (auto features = extractor->extract(files[done % count]); !features.ok()) return fail(features.error());
    ++done;
  }
  const double whole = secondsSince(start) / static_cast<double>(done);

  const pith::Json::Object answer{{"engine", extractor->info().engine},
                                  {"loadMilliseconds", loadSeconds * 1000},
                                  {"decodePerSecond", 1 / decode},
                                  {"preparePerSecond", 1 / prepare},
                                  {"inferPerSecond", 1 / infer},
                                  {"inferMilliseconds", infer * 1000},
                                  {"wholePerSecond", 1 / whole},
                                  {"peakMemoryBytes", peakMemoryBytes()}};
  std::printf("%s\n", pith::Json(answer).dump().c_str());
  return 0;
}
