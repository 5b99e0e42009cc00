// SPDX-License-Identifier: Apache-2.0
/// @file Writes, opens and verifies a container of many records as the program does:
/// `container_bench FOLDER RECORDS FEATURES f32|f16|bf16|i8|i4`. Prints seconds, bytes a record, and peak memory.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include "atomic_file.h"
#include "files.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"
#include "row_file.h"

namespace {

using namespace pith;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Peak of the memory that is no mapped file's. Linux keeps only the peak of both together, so it is asked before a file is mapped.
double peakMebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

ContainerHeader headerOf(int features, FeatureType type) {
  ContainerHeader header;
  EncoderInfo encoder;
  encoder.name = "benchmark";
  encoder.featureCount = features;
  header.encoders = {{.info = encoder, .modelKnown = false, .recipeKnown = false}};
  header.features = {{.name = "benchmark", .type = type}};
  header.labelColumns = {{"finding", LabelType::categorical, {"normal", "pneumonia"}}};
  header.groupings = {{.name = "patient"}};
  return header;
}

Status fill(ContainerWriter& writer, size_t records, size_t features) {
  std::mt19937 generator(1);
  std::vector<float> row(features);
  for (size_t i = 0; i < records; ++i) {
    for (float& value : row) value = static_cast<float>(generator() >> 8) * 0x1p-24f;
    Record record;
    record.labels = {LabelValue{static_cast<uint32_t>(generator() & 1)}};
    record.groups = {static_cast<uint32_t>(i / 3)};
    PITH_RETURN_IF_ERROR(writer.add(std::move(record), row));
  }
  return {};
}

Status run(const std::filesystem::path& folder, size_t records, size_t features, FeatureType type) {
  const std::filesystem::path path = folder / "benchmark.pith";
  Clock::time_point start = Clock::now();
  {
    PITH_ASSIGN_OR_RETURN(std::unique_ptr<cli::RowFile> store, cli::RowFile::create(folder));
    ContainerWriter writer(headerOf(static_cast<int>(features), type), std::move(store));
    PITH_RETURN_IF_ERROR(fill(writer, records, features));
    std::printf("add     %8.3f s, peak %.0f MiB\n", secondsSince(start), peakMebibytes());
    start = Clock::now();
    PITH_ASSIGN_OR_RETURN(cli::AtomicFile file, cli::AtomicFile::create(path));
    PITH_RETURN_IF_ERROR(writer.write({.seed = seedFromNumber(1)}, [&](ByteView bytes) { return file.write(bytes); }));
    PITH_RETURN_IF_ERROR(file.commit(true));
    std::printf("write   %8.3f s, peak %.0f MiB\n", secondsSince(start), peakMebibytes());
  }
  PITH_ASSIGN_OR_RETURN(const cli::MappedFile mapped, cli::MappedFile::open(path));
  start = Clock::now();
  PITH_ASSIGN_OR_RETURN(const Container container, Container::open(mapped.bytes()));
  std::printf("open    %8.3f s\n", secondsSince(start));
  start = Clock::now();
  PITH_RETURN_IF_ERROR(container.verify());
  std::printf("verify  %8.3f s\n", secondsSince(start));
  std::printf("%zu bytes, %.2f a record\n", mapped.bytes().size(),
              static_cast<double>(mapped.bytes().size()) / static_cast<double>(records));
  std::filesystem::remove(path);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<FeatureType> type = argc == 5 ? featureTypeFromName(argv[4]) : std::nullopt;
  if (!type) {
    std::fputs("usage: container_bench FOLDER RECORDS FEATURES f32|f16|bf16|i8|i4\n", stderr);
    return 2;
  }
  const Status done = run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), *type);
  if (!done) std::fprintf(stderr, "%s: %s\n", std::string(errorName(done.error().code)).c_str(), done.error().detail.c_str());
  return done ? 0 : 1;
}
