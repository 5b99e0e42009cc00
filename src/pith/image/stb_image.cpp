// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include "pith/image/formats.h"
#include "pith/image/jpeg_pixels.h"
#include "pith/image/stb_decode.h"

namespace {

/// stb_image's own memory, counted. It grows its zlib output without a bound, and leaves coefficients of
/// scans that are missing as they were: so there is a budget, and all memory starts as zero.
struct Budget {
  uint64_t limitBytes = 0;
  uint64_t heldBytes = 0;
  uint64_t peakBytes = 0;
  bool exceeded = false;
};
thread_local Budget budget;

constexpr size_t headerBytes = alignof(std::max_align_t);  // in front of each block: its size

void* budgetAllocate(size_t size) {
  if (size > budget.limitBytes || budget.heldBytes > budget.limitBytes - size) {
    budget.exceeded = true;
    return nullptr;
  }
  auto* block = static_cast<unsigned char*>(std::calloc(1, size + headerBytes));
  if (!block) return nullptr;
  std::memcpy(block, &size, sizeof size);
  budget.heldBytes += size;
  if (budget.heldBytes > budget.peakBytes) budget.peakBytes = budget.heldBytes;
  return block + headerBytes;
}

void budgetFree(void* pointer) {
  if (!pointer) return;
  unsigned char* block = static_cast<unsigned char*>(pointer) - headerBytes;
  size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  budget.heldBytes -= size;
  std::free(block);
}

void* budgetReallocate(void* pointer, size_t oldSize, size_t newSize) {
  void* grown = budgetAllocate(newSize);
  if (!grown) return nullptr;
  if (pointer) std::memcpy(grown, pointer, oldSize < newSize ? oldSize : newSize);
  budgetFree(pointer);
  return grown;
}

}  // namespace

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_MALLOC(size) budgetAllocate(size)
#define STBI_REALLOC_SIZED(pointer, oldSize, newSize) budgetReallocate(pointer, oldSize, newSize)
#define STBI_FREE(pointer) budgetFree(pointer)
#define STBI_ASSERT(condition) static_cast<void>(0)
#define STBI_NO_SIMD
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#pragma clang diagnostic pop

namespace pith::formats {
namespace {

Error failure() {
  if (budget.exceeded) {
    return {ErrorCode::imageTooLarge, "decoding needs more than the " + std::to_string(budget.limitBytes) +
                                          " bytes that the picture's size allows"};
  }
  const char* reason = stbi_failure_reason();
  const std::string_view text = reason ? reason : "no reason given";
  if (text == "outofmem") return {ErrorCode::outOfMemory, "no memory for the decoded picture"};
  if (text == "too large")
    return {ErrorCode::imageTooLarge, "the picture is larger than the decoder can address"};
  for (std::string_view ending : {"unexpected end", "not enough pixels", "outofdata", "read past buffer"}) {
    if (text == ending) return truncated("the compressed pixels end early (" + std::string(text) + ")");
  }
  return corrupt("the compressed pixels cannot be decoded (" + std::string(text) + ")");
}

struct Free {
  void operator()(void* block) const { budgetFree(block); }
};

struct FreePlanes {
  void operator()(stbi__jpeg* jpeg) const {
    stbi__cleanup_jpeg(jpeg);
    budgetFree(jpeg);
  }
};

Status checkFileSize(ByteView bytes) {
  if (bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max())) return {};
  return Error{ErrorCode::imageTooLarge,
               "the file has " + std::to_string(bytes.size()) + " bytes; at most 2 GiB are read"};
}

void startBudget(uint64_t maxBytes) {
  budget.limitBytes = maxBytes;
  budget.exceeded = false;
}

}  // namespace

Result<Image> stbDecodePng(ByteView bytes, SampleType sampleType, uint64_t maxBytes) {
  PITH_RETURN_IF_ERROR(checkFileSize(bytes));
  startBudget(maxBytes);
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  const bool isWide = sampleType == SampleType::u16;
  const std::unique_ptr<void, Free> pixels(
      isWide ? static_cast<void*>(stbi_load_16_from_memory(bytes.data(), size, &width, &height, &channels, 0))
             : static_cast<void*>(stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 0)));
  if (!pixels) return failure();
  // Alpha comes last in each pixel and is dropped.
  const int kept = channels >= 3 ? 3 : 1;
  Image image = makeImage(width, height, kept, sampleType);
  const size_t pixelCount = static_cast<size_t>(width) * static_cast<size_t>(height);
  const auto copy = [&](const auto* source, auto* target) {
    if (kept == channels) {
      std::memcpy(target, source, pixelCount * static_cast<size_t>(channels) * sizeof *source);
      return;
    }
    for (size_t i = 0; i < pixelCount; ++i, source += channels, target += kept) {
      for (int c = 0; c < kept; ++c) target[c] = source[c];
    }
  };
  if (isWide) {
    copy(static_cast<const uint16_t*>(pixels.get()), image.u16.data());
  } else {
    copy(static_cast<const uint8_t*>(pixels.get()), image.u8.data());
  }
  return image;
}

/// stb_image's public call would go on to pixels with arithmetic of its own; so its steps up to the planes
/// are called here.
Result<Image> stbDecodeJpeg(ByteView bytes, uint64_t maxBytes) {
  PITH_RETURN_IF_ERROR(checkFileSize(bytes));
  startBudget(maxBytes);
  stbi__context context;
  stbi__start_mem(&context, bytes.data(), static_cast<int>(bytes.size()));
  context.img_n = 0;  // so that the clean-up knows of no planes yet
  const std::unique_ptr<stbi__jpeg, FreePlanes> jpeg(
      static_cast<stbi__jpeg*>(budgetAllocate(sizeof(stbi__jpeg))));
  if (!jpeg) return failure();
  jpeg->s = &context;
  stbi__setup_jpeg(jpeg.get());
  jpeg->idct_block_kernel = [](stbi_uc* samples, int stride, short* coefficients) {
    inverseDct(samples, stride, coefficients);
  };
  if (!stbi__decode_jpeg_image(jpeg.get())) return failure();
  std::array<JpegPlane, 3> planes;
  const auto planeCount = static_cast<size_t>(context.img_n == 3 ? 3 : 1);
  for (size_t i = 0; i < planeCount; ++i) {
    const auto& component = jpeg->img_comp[i];
    planes[i] = {.samples = component.data,
                 .stride = component.w2,
                 .width = component.x,
                 .height = component.y,
                 .horizontalStep = jpeg->img_h_max / component.h,
                 .verticalStep = jpeg->img_v_max / component.v};
  }
  // The components' names count only where no marker says how the colours are stored, as in libjpeg.
  const int adobe = jpeg->app14_color_transform;
  const bool isRgb = !jpeg->jfif && (adobe == 0 || (adobe < 0 && jpeg->rgb == 3));
  return assembleJpeg(std::span(planes).first(planeCount), static_cast<int>(context.img_x),
                      static_cast<int>(context.img_y), isRgb);
}

uint64_t stbPeakBytes() { return budget.peakBytes; }

}  // namespace pith::formats
