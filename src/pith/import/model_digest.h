// SPDX-License-Identifier: Apache-2.0
/// @file What a model is known by.
#pragma once

#include <string>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/onnx/onnx.h"

namespace pith {

/// The other files in which a model keeps weights, as it names them, each once, ascending as bytes; none where the
/// bytes are no ONNX file.
[[nodiscard]] std::vector<std::string> externalFiles(ModelSource& modelFile, const Limits& limits = {});
[[nodiscard]] std::vector<std::string> externalFiles(ByteView modelFile, const Limits& limits = {});

/// The SHA-256 of a model file. Where it keeps weights in other files, the SHA-256 of the digests one behind the
/// other, 32 bytes each: that of the model file, then that of each of those files, in the order of their names as
/// bytes. So it covers every byte that takes part, and needs no file beside the model's where there is none.
/// @param external  asked for those files; without it, the SHA-256 of the model file alone
/// @errors those of `modelFile` and `external`
[[nodiscard]] Result<Sha256Digest> modelDigest(ModelSource& modelFile, ExternalData* external, const Limits& limits = {});
[[nodiscard]] Result<Sha256Digest> modelDigest(ByteView modelFile, ExternalData* external, const Limits& limits = {});

}  // namespace pith
