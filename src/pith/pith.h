// SPDX-License-Identifier: Apache-2.0
/// @file Pith runs a frozen, headless network once, where the images are, and stores its pooled output.
///
/// The whole path, each step a header of its own:
///
///     decode    image/decode.h          a file's bytes        → Image (grey or RGB, 8 or 16 bit)
///     prepare   image/prepare.h         Image, Recipe         → NHWC float32, resized as Pillow would
///     infer     infer/session.h         NHWC float32          → the last feature map [H, W, C]
///     pool      extract/pooling.h       [H, W, C]             → features [C]
///     write     container/writer.h      features, records     → one `.pith` file
///
/// `Extractor` (extract/extractor.h) joins the first four for one network, `EncoderSet`
/// (extract/encoder_set.h) for several; `Container` (container/reader.h) opens what was written. A model file
/// becomes a graph (import/import.h, which asks onnx/ or tflite/), model/passes.h simplifies it, model/tap.h finds the
/// headless cut, and the graph becomes kernels in infer/.
///
/// Bytes go in and bytes come out: the library opens no file and no connection. A model file is read piece by piece from
/// whoever has it (model/model_source.h). Every failure is a value (base/result.h) with a stable code (base/error.h).
#pragma once

#include "pith/base/error.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/describe.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"
#include "pith/extract/encoder_set.h"
#include "pith/extract/extractor.h"
#include "pith/extract/probe.h"
#include "pith/image/decode.h"
#include "pith/image/prepare.h"
#include "pith/model/manifest.h"
#include "pith/model/recipe.h"
