// SPDX-License-Identifier: Apache-2.0
#include "pith/container/compress.h"

#include <zstd.h>

#include <memory>

namespace pith {

Compressor zstdCompressor(int level) {
  const std::shared_ptr<ZSTD_CCtx> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  return [context, level](ByteView raw) -> Result<std::vector<uint8_t>> {
    if (!context) return Error{ErrorCode::outOfMemory, "no memory for the compressor"};
    std::vector<uint8_t> frame(ZSTD_compressBound(raw.size()));
    const size_t written = ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), raw.data(), raw.size(), level);
    if (ZSTD_isError(written)) return Error{ErrorCode::internalError, "zstd did not compress a chunk"};
    frame.resize(written);
    return frame;
  };
}

}  // namespace pith
