// SPDX-License-Identifier: Apache-2.0
/// @file The formats into which a container is exported. Each writes rows as it reads them; equal containers
/// give equal bytes.
#pragma once

#include <string>

#include "export/sink.h"
#include "export/table.h"

namespace pith::cli {

/// One block of features as an array of NumPy: float32, or float16 where the container holds f16.
/// @source NumPy's documentation, numpy.lib.format, version 1.0
Status writeNpy(const ExportTable& table, BufferedSink& sink);

/// Everything as arrays of NumPy in one archive, not compressed.
/// @errors invalidArgument where texts of very different lengths would make a huge array
Status writeNpz(const ExportTable& table, BufferedSink& sink);

/// Everything as tensors; texts as their bytes and where each starts; vocabularies in the metadata.
/// @source safetensors' README, "Format"
Status writeSafetensors(const ExportTable& table, BufferedSink& sink);

/// One table, features as a column of lists of float32, in row groups of at most 64 MiB of them.
/// @source Apache Parquet, parquet.thrift and Encodings.md, format version 1
Status writeParquet(const ExportTable& table, BufferedSink& sink);

/// One tf.train.Example for each record.
/// @source TensorFlow, core/lib/io/record_writer and core/example/example.proto
Status writeTfrecord(const ExportTable& table, BufferedSink& sink);

/// Everything but the features, as RFC 4180 has it.
Status writeCsv(const ExportTable& table, BufferedSink& sink);

}  // namespace pith::cli
