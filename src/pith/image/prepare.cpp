// SPDX-License-Identifier: Apache-2.0
#include "pith/image/prepare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

#include "pith/image/formats.h"

namespace pith {
namespace {

constexpr int64_t maxExtentPx = 65535;

struct Size {
  int64_t width;
  int64_t height;
};

Status checkRecipe(const Recipe& recipe, const Limits& limits) {
  const auto channelCount = static_cast<size_t>(recipe.channelCount());
  const bool isComplete = recipe.width >= 1 && recipe.height >= 1 && recipe.mean.size() == channelCount &&
                          recipe.std.size() == channelCount;
  if (!isComplete)
    return Error{ErrorCode::invalidRecipe, "the recipe lacks a size, or a mean and std for each channel"};
  if (recipe.fit == Fit::crop && recipe.resizeShortest < std::max(recipe.width, recipe.height)) {
    return Error{ErrorCode::invalidRecipe, "resizeShortest is " + std::to_string(recipe.resizeShortest) +
                                               "; allowed is at least the larger side of size"};
  }
  return formats::checkExtents(recipe.width, recipe.height, limits);
}

/// ITU-R 601-2 luma in 16 fractional bits.
/// @source Pillow's src/libImaging/Convert.c (L24)
template <typename Sample>
void toLuma(const std::vector<Sample>& rgb, std::vector<Sample>& grey) {
  for (size_t i = 0; i < grey.size(); ++i) {
    const uint64_t sum =
        uint64_t{19595} * rgb[3 * i] + uint64_t{38470} * rgb[3 * i + 1] + uint64_t{7471} * rgb[3 * i + 2];
    grey[i] = static_cast<Sample>((sum + 0x8000) >> 16);
  }
}

Image toGrey(const Image& image) {
  Image grey = formats::makeImage(image.width, image.height, 1, image.sampleType);
  if (image.sampleType == SampleType::u16) {
    toLuma(image.u16, grey.u16);
  } else {
    toLuma(image.u8, grey.u8);
  }
  return grey;
}

/// The size to resample to, before anything is cut off or filled up.
Size fittedSize(const Image& image, const Recipe& recipe) {
  const int64_t width = image.width, height = image.height;
  switch (recipe.fit) {
    case Fit::stretch:
      break;
    case Fit::crop: {
      // torchvision's Resize(int): the longer side in double, its fraction cut off.
      const int64_t shortest = recipe.resizeShortest;
      const auto longSide = [&](int64_t longer, int64_t shorter) {
        return static_cast<int64_t>(static_cast<double>(shortest * longer) / static_cast<double>(shorter));
      };
      return width <= height ? Size{shortest, longSide(height, width)}
                             : Size{longSide(width, height), shortest};
    }
    case Fit::letterbox: {
      // The other side, rounded half up; at least one pixel.
      const auto otherSide = [](int64_t side, int64_t target, int64_t source) {
        return std::max<int64_t>(1, (2 * side * target + source) / (2 * source));
      };
      if (recipe.width * height <= recipe.height * width)
        return {recipe.width, otherSide(height, recipe.width, width)};
      return {otherSide(width, recipe.height, height), recipe.height};
    }
  }
  return {recipe.width, recipe.height};
}

/// Where the resampled picture's first column (or row) lies in the input; negative where it is cut off.
int offsetOf(Fit fit, int inputExtent, int pictureExtent) {
  // torchvision's CenterCrop rounds halves to even.
  if (fit == Fit::crop) return -static_cast<int>(std::nearbyint((pictureExtent - inputExtent) / 2.0));
  return (inputExtent - pictureExtent) / 2;
}

/// (x * scale - mean) / std, computed in double and rounded once.
class Normalisation {
 public:
  explicit Normalisation(const Recipe& recipe)
      : recipe_(recipe), channelCount_(static_cast<size_t>(recipe.channelCount())) {
    for (size_t c = 0; c < channelCount_; ++c) {
      for (size_t x = 0; x < 256; ++x) table_[c][x] = compute(static_cast<double>(x), c);
    }
  }
  float operator()(uint8_t x, size_t channel) const { return table_[channel][x]; }
  float operator()(uint16_t x, size_t channel) const { return compute(x / 257.0, channel); }

 private:
  float compute(double x, size_t channel) const {
    return static_cast<float>((x * recipe_.scale - recipe_.mean[channel]) / recipe_.std[channel]);
  }

  const Recipe& recipe_;
  size_t channelCount_;
  std::array<std::array<float, 256>, 3> table_{};
};

template <typename Sample>
void normalise(const Image& picture, const std::vector<Sample>& samples, const Recipe& recipe,
               std::span<float> input) {
  const Normalisation normalisation(recipe);
  const int channelCount = recipe.channelCount();
  const int left = offsetOf(recipe.fit, recipe.width, picture.width);
  const int top = offsetOf(recipe.fit, recipe.height, picture.height);
  std::array<size_t, 3> sourceChannel{};
  std::array<float, 3> fill{};
  for (int c = 0; c < channelCount; ++c) {
    const int reversed = recipe.channels == Channels::bgr ? 2 - c : c;
    sourceChannel[static_cast<size_t>(c)] = static_cast<size_t>(picture.channels == 1 ? 0 : reversed);
    fill[static_cast<size_t>(c)] = normalisation(static_cast<uint8_t>(recipe.fill), static_cast<size_t>(c));
  }
  float* target = input.data();
  for (int y = 0; y < recipe.height; ++y) {
    for (int x = 0; x < recipe.width; ++x) {
      const int column = x - left, row = y - top;
      const bool isInside = column >= 0 && column < picture.width && row >= 0 && row < picture.height;
      const int64_t pixel = (int64_t{row} * picture.width + column) * picture.channels;
      for (size_t c = 0; c < static_cast<size_t>(channelCount); ++c) {
        *target++ =
            isInside ? normalisation(samples[static_cast<size_t>(pixel) + sourceChannel[c]], c) : fill[c];
      }
    }
  }
}

Result<FloatBuffer> prepare(const Image& image, const Recipe& recipe, const Limits& limits) {
  PITH_RETURN_IF_ERROR(checkRecipe(recipe, limits));
  PITH_RETURN_IF_ERROR(formats::checkExtents(image.width, image.height, limits));
  const Size size = fittedSize(image, recipe);
  if (std::max({size.width, size.height, int64_t{image.width}, int64_t{image.height}}) > maxExtentPx) {
    return Error{ErrorCode::imageTooLarge, "fitting " + std::to_string(image.width) + " x " +
                                               std::to_string(image.height) + " pixels needs " +
                                               std::to_string(size.width) + " x " +
                                               std::to_string(size.height) + "; allowed are 65535 a side"};
  }
  const bool needsGrey = recipe.channels == Channels::grey && image.channels == 3;
  const Image grey = needsGrey ? toGrey(image) : Image{};
  PITH_ASSIGN_OR_RETURN(const Image picture,
                        resizeImage(needsGrey ? grey : image, static_cast<int>(size.width),
                                    static_cast<int>(size.height), recipe.resample));
  const int64_t valueCount = int64_t{recipe.height} * recipe.width * recipe.channelCount();
  if (static_cast<uint64_t>(valueCount) > std::numeric_limits<size_t>::max() / (2 * sizeof(float)))
    throw std::bad_alloc();
  FloatBuffer input(static_cast<size_t>(valueCount));
  if (picture.sampleType == SampleType::u16) {
    normalise(picture, picture.u16, recipe, input.span());
  } else {
    normalise(picture, picture.u8, recipe, input.span());
  }
  return input;
}

uint8_t toByte(const Image& image, size_t at) {
  return image.sampleType == SampleType::u16 ? static_cast<uint8_t>((image.u16[at] + 128) / 257)
                                             : image.u8[at];
}

}  // namespace

Result<FloatBuffer> prepareImage(const Image& image, const Recipe& recipe, const Limits& limits) {
  try {
    return prepare(image, recipe, limits);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the network's input"};
  }
}

Result<Thumbnail> makeThumbnail(const Image& image, int maxSidePx) {
  if (maxSidePx < 1 || image.width < 1 || image.height < 1) {
    return Error{ErrorCode::invalidArgument, "a thumbnail of at most " + std::to_string(maxSidePx) +
                                                 " pixels from " + std::to_string(image.width) + " x " +
                                                 std::to_string(image.height) +
                                                 "; allowed are sides of at least 1"};
  }
  const int64_t longest = std::max(image.width, image.height);
  const int64_t target = std::min<int64_t>(longest, maxSidePx);
  const auto scaled = [&](int64_t side) {
    return static_cast<int>(std::max<int64_t>(1, (2 * side * target + longest) / (2 * longest)));
  };
  PITH_ASSIGN_OR_RETURN(const Image small,
                        resizeImage(image, scaled(image.width), scaled(image.height), Resample::box));
  try {
    Thumbnail thumbnail{.width = small.width, .height = small.height, .rgba = {}};
    const size_t pixelCount = static_cast<size_t>(small.width) * static_cast<size_t>(small.height);
    thumbnail.rgba.reserve(pixelCount * 4);
    const auto channels = static_cast<size_t>(small.channels);
    for (size_t i = 0; i < pixelCount; ++i) {
      for (size_t c = 0; c < 3; ++c)
        thumbnail.rgba.push_back(toByte(small, i * channels + (channels == 1 ? 0 : c)));
      thumbnail.rgba.push_back(255);
    }
    return thumbnail;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the thumbnail"};
  }
}

}  // namespace pith
