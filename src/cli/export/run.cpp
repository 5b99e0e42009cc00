// SPDX-License-Identifier: Apache-2.0
/// @file `pith export`: a container in the form that other programs read.
#include <algorithm>
#include <array>

#include "atomic_file.h"
#include "export/croissant.h"
#include "export/formats.h"
#include "files.h"
#include "interrupt.h"
#include "output.h"
#include "pith/container/reader.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

struct Format {
  std::string_view name;
  Status (*write)(const ExportTable&, BufferedSink&);
  std::string_view reader;     // who opens it
  std::string_view mediaType;  // where Croissant can describe its columns
  bool oneBlock = false, hasFeatures = true;
};

constexpr auto formats = std::to_array<Format>({
    {.name = "npy", .write = writeNpy, .reader = "numpy.load", .mediaType = {}, .oneBlock = true},
    {.name = "npz", .write = writeNpz, .reader = "numpy.load", .mediaType = {}},
    {.name = "safetensors", .write = writeSafetensors, .reader = "safetensors", .mediaType = {}},
    {.name = "parquet",
     .write = writeParquet,
     .reader = "Arrow, pandas and DuckDB",
     .mediaType = "application/x-parquet"},
    {.name = "tfrecord", .write = writeTfrecord, .reader = "tf.data.TFRecordDataset", .mediaType = {}},
    {.name = "csv",
     .write = writeCsv,
     .reader = "any spreadsheet",
     .mediaType = "text/csv",
     .hasFeatures = false},
});

/// What a file has: its bytes go by, nothing is kept.
PublishedFile measure(const std::string& path, ByteView bytes, std::string_view mediaType) {
  return {.name = validUtf8(std::filesystem::path(path).filename().string()),
          .mediaType = std::string(mediaType),
          .bytes = bytes.size(),
          .sha256 = sha256(bytes)};
}

/// The file that is to be published must be what this container exports: it is made again, and only its
/// SHA-256 is kept.
PublishedFile requireSameData(const std::string& path, const Format& format, const ExportTable& table) {
  const std::string what = "Cannot describe " + inQuotes(path);
  const MappedFile file = require(MappedFile::open(path), what);
  Sha256 hash;
  BufferedSink sink([&](ByteView bytes) -> Status {
    hash.update(bytes);
    return {};
  });
  require(format.write(table, sink), what);
  require(sink.flush(), what);
  PublishedFile published = measure(path, file.bytes(), format.mediaType);
  if (hash.finish() == published.sha256) return published;
  throw Failure(ExitCode::failure, what,
                {ErrorCode::hashMismatch, "it is not what `pith export --to " + std::string(format.name) +
                                              "` writes for this container and these options"},
                "Export it again with the same --split and --features.");
}

const Format& dataFormat(const std::string& path) {
  const std::string extension = normalised(std::filesystem::path(path).extension().string());
  for (const Format& format : formats) {
    if (!format.mediaType.empty() && extension == "." + std::string(format.name)) return format;
  }
  failUsage("--data " + inQuotes(path), "Croissant describes the columns of .parquet and .csv files");
}

struct Croissanted {
  std::string text;
  std::vector<std::string> missing;
};

Croissanted describe(const ExportArguments& arguments, const Container& container, ByteView bytes,
                     const ExportTable& table) {
  CroissantFacts facts{.dataset = container.header().dataset,
                       .container = measure(arguments.file, bytes, "application/octet-stream"),
                       .data = {},
                       .dataHasFeatures = false,
                       .url = arguments.url,
                       .published = arguments.published};
  if (!arguments.data.empty()) {
    const Format& format = dataFormat(arguments.data);
    facts.data = requireSameData(arguments.data, format, table);
    facts.dataHasFeatures = format.hasFeatures;
  }
  Croissant croissant = makeCroissant(table, facts);
  return {croissant.metadata.dump(true) + "\n", std::move(croissant.missing)};
}

Json toJson(const std::vector<std::string>& words) { return Json::Array(words.begin(), words.end()); }

void report(const ExportArguments& arguments, const ExportTable& table, uint64_t bytes,
            std::string_view reader, const std::vector<std::string>& missing) {
  if (arguments.json) {
    Json::Object result{{"output", validUtf8(arguments.output)},
                        {"format", arguments.format},
                        {"records", table.rows},
                        {"features", table.features.empty() ? 0 : table.features[0].count},
                        {"bytes", bytes}};
    if (arguments.format == "croissant") result.emplace_back("missing", toJson(missing));
    return printJson(result);
  }
  printText("Wrote " + printable(arguments.output) + ": " + counted(table.rows, "record") + ", " +
            humanBytes(bytes) + ", for " + std::string(reader) + "\n");
  if (!missing.empty()) {
    printNote("Croissant also requires " + joined(missing) +
              ", which nobody stated; --url and --published give two of them, `pith extract` the others");
  }
}

}  // namespace

ExitCode runExport(const ExportArguments& arguments) {
  catchInterrupts();
  const std::string cannotWrite = "Cannot write " + inQuotes(arguments.output);
  const std::string cannotRead = "Cannot export " + inQuotes(arguments.file);
  const bool isCroissant = arguments.format == "croissant";
  if (!isCroissant && !(arguments.data + arguments.url + arguments.published).empty()) {
    failUsage("--data, --url and --published belong to --to croissant", "this is --to " + arguments.format);
  }
  const MappedFile input = require(MappedFile::open(arguments.file), cannotRead);
  const Container container = require(Container::open(input.bytes()), cannotRead);
  require(container.verify(), cannotRead);
  const ExportTable table = makeExportTable(container, {arguments.split, arguments.features});
  require(checkWritable(arguments.output, arguments.force, 0), cannotWrite);

  Croissanted croissant;
  if (isCroissant) croissant = describe(arguments, container, input.bytes(), table);
  AtomicFile file = require(AtomicFile::create(arguments.output), cannotWrite);
  BufferedSink sink([&](ByteView bytes) { return file.write(bytes); });
  std::string_view reader = "anything that reads Croissant 1.1";
  if (isCroissant) {
    require(sink.write(asBytes(croissant.text)), cannotWrite);
  } else {
    const Format& format = *std::ranges::find(formats, arguments.format, &Format::name);
    if (format.oneBlock && table.features.size() > 1) {
      failUsage("The container has several blocks of features", "npy holds one",
                "Choose one with --features.");
    }
    reader = format.reader;
    require(format.write(table, sink), cannotWrite);
  }
  require(sink.flush(), cannotWrite);
  require(file.commit(arguments.force), cannotWrite);
  report(arguments, table, sink.written(), reader, croissant.missing);
  return ExitCode::success;
}

}  // namespace pith::cli
