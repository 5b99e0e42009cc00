// SPDX-License-Identifier: Apache-2.0
#include "pith/image/resize.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numbers>
#include <type_traits>
#include <vector>

#include "pith/image/formats.h"

namespace pith {
namespace {

constexpr int maxExtentPx = 65535;
constexpr int64_t maxIntermediateSamples = int64_t{1} << 31;
/// 8-bit samples times weights of 22 fractional bits leave 2 bits for what overshoots.
constexpr int precisionBits = 32 - 8 - 2;

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

double weightAt(Resample resample, double x) {
  const double distance = std::abs(x);
  switch (resample) {
    case Resample::box:
      return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case Resample::bilinear:
      return distance < 1.0 ? 1.0 - distance : 0.0;
    case Resample::bicubic: {
      constexpr double a = -0.5;  // Keys' cubic convolution
      if (distance < 1.0) return ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1;
      return distance < 2.0 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0.0;
    }
    case Resample::lanczos:
      return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
  }
  return 0.0;
}

double supportOf(Resample resample) {
  switch (resample) {
    case Resample::box:
      return 0.5;
    case Resample::bilinear:
      return 1.0;
    case Resample::bicubic:
      return 2.0;
    case Resample::lanczos:
      break;
  }
  return 3.0;
}

/// For each output sample, which input samples count and how much. All have room for `taps` weights; those
/// beyond `count` are 0.
template <typename Weight>
struct Kernel {
  struct Window {
    int first;
    int count;
  };
  int taps = 0;
  std::vector<Window> windows;
  std::vector<Weight> weights;
};

using FixedKernel = Kernel<int32_t>;
using DoubleKernel = Kernel<double>;

DoubleKernel makeKernel(int inputSize, int outputSize, Resample resample) {
  const double scale = static_cast<double>(inputSize) / outputSize;
  const double filterScale = std::max(scale, 1.0);
  const double support = supportOf(resample) * filterScale;
  DoubleKernel kernel;
  kernel.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  kernel.windows.resize(static_cast<size_t>(outputSize));
  kernel.weights.resize(static_cast<size_t>(outputSize) * static_cast<size_t>(kernel.taps));
  const double inverseScale = 1.0 / filterScale;
  for (int i = 0; i < outputSize; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count = std::min(inputSize, static_cast<int>(centre + support + 0.5)) - first;
    double* weights = &kernel.weights[static_cast<size_t>(i) * static_cast<size_t>(kernel.taps)];
    double sum = 0.0;
    for (int k = 0; k < count; ++k) {
      weights[k] = weightAt(resample, (k + first - centre + 0.5) * inverseScale);
      sum += weights[k];
    }
    for (int k = 0; k < count && sum != 0.0; ++k) weights[k] /= sum;
    kernel.windows[static_cast<size_t>(i)] = {first, count};
  }
  return kernel;
}

FixedKernel toFixed(const DoubleKernel& kernel) {
  FixedKernel fixed;
  fixed.taps = kernel.taps;
  fixed.weights.reserve(kernel.weights.size());
  for (const auto& [first, count] : kernel.windows) fixed.windows.push_back({first, count});
  for (double value : kernel.weights) {
    const double scaled = value * (1 << precisionBits);
    fixed.weights.push_back(static_cast<int32_t>(value < 0 ? scaled - 0.5 : scaled + 0.5));
  }
  return fixed;
}

/// How one sample type is summed: 8 bits in fixed point, 16 bits in double.
template <typename Sample>
struct Arithmetic;

template <>
struct Arithmetic<uint8_t> {
  using Weight = int32_t;
  static constexpr Weight half = 1 << (precisionBits - 1);
  static FixedKernel kernel(int inputSize, int outputSize, Resample resample) {
    return toFixed(makeKernel(inputSize, outputSize, resample));
  }
  static uint8_t round(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> precisionBits, 0, 255)); }
};

template <>
struct Arithmetic<uint16_t> {
  using Weight = double;
  static constexpr Weight half = 0.5;
  static DoubleKernel kernel(int inputSize, int outputSize, Resample resample) {
    return makeKernel(inputSize, outputSize, resample);
  }
  static uint16_t round(double sum) {
    return static_cast<uint16_t>(std::clamp(std::floor(sum), 0.0, 65535.0));
  }
};

template <typename Sample, int channels>
void resampleRow(const Sample* source, const Kernel<typename Arithmetic<Sample>::Weight>& kernel,
                 Sample* target) {
  using Weight = typename Arithmetic<Sample>::Weight;
  const Weight* weights = kernel.weights.data();
  for (const auto& [first, count] : kernel.windows) {
    const Sample* samples = source + static_cast<ptrdiff_t>(first) * channels;
    Weight sums[channels];
    std::fill_n(sums, channels, Arithmetic<Sample>::half);
    for (int k = 0; k < count; ++k) {
      for (int c = 0; c < channels; ++c)
        sums[c] += static_cast<Weight>(samples[k * channels + c]) * weights[k];
    }
    for (int c = 0; c < channels; ++c) *target++ = Arithmetic<Sample>::round(sums[c]);
    weights += kernel.taps;
  }
}

/// Rows firstRow.. of `source` become the rows of `target`.
template <typename Sample>
void resampleRows(const Image& source, const std::vector<Sample>& samples, int firstRow,
                  const Kernel<typename Arithmetic<Sample>::Weight>& kernel, const Image& target,
                  std::vector<Sample>& result) {
  const size_t sourceStride = static_cast<size_t>(source.width) * static_cast<size_t>(source.channels);
  const size_t targetStride = static_cast<size_t>(target.width) * static_cast<size_t>(target.channels);
  for (int y = 0; y < target.height; ++y) {
    const Sample* from = samples.data() + static_cast<size_t>(firstRow + y) * sourceStride;
    Sample* to = result.data() + static_cast<size_t>(y) * targetStride;
    if (source.channels == 1) {
      resampleRow<Sample, 1>(from, kernel, to);
    } else {
      resampleRow<Sample, 3>(from, kernel, to);
    }
  }
}

/// A whole row is summed at a time, so that neighbouring samples share one instruction.
template <typename Sample>
void resampleColumns(const std::vector<Sample>& samples, int firstRow, size_t stride,
                     const Kernel<typename Arithmetic<Sample>::Weight>& kernel, std::vector<Sample>& result) {
  using Weight = typename Arithmetic<Sample>::Weight;
  std::vector<Weight> sums(stride);
  const Weight* weights = kernel.weights.data();
  Sample* to = result.data();
  for (const auto& [first, count] : kernel.windows) {
    std::fill(sums.begin(), sums.end(), Arithmetic<Sample>::half);
    for (int k = 0; k < count; ++k) {
      const Sample* from = samples.data() + static_cast<size_t>(first - firstRow + k) * stride;
      const Weight factor = weights[k];
      for (size_t i = 0; i < stride; ++i) sums[i] += static_cast<Weight>(from[i]) * factor;
    }
    for (size_t i = 0; i < stride; ++i) to[i] = Arithmetic<Sample>::round(sums[i]);
    to += stride;
    weights += kernel.taps;
  }
}

template <typename Sample>
std::vector<Sample>& samplesOf(Image& image) {
  if constexpr (std::is_same_v<Sample, uint8_t>) {
    return image.u8;
  } else {
    return image.u16;
  }
}
template <typename Sample>
const std::vector<Sample>& samplesOf(const Image& image) {
  return samplesOf<Sample>(const_cast<Image&>(image));
}

template <typename Sample>
Image resample(const Image& image, int width, int height, Resample filter) {
  const bool needsRows = width != image.width;
  const bool needsColumns = height != image.height;
  if (!needsRows && !needsColumns) return image;
  const auto vertical = Arithmetic<Sample>::kernel(image.height, height, filter);
  // The vertical pass reads these rows only.
  const int firstRow = needsColumns ? vertical.windows.front().first : 0;
  const int endRow =
      needsColumns ? vertical.windows.back().first + vertical.windows.back().count : image.height;
  Image narrowed;
  if (needsRows) {
    narrowed = formats::makeImage(width, endRow - firstRow, image.channels, image.sampleType);
    resampleRows<Sample>(image, samplesOf<Sample>(image), firstRow,
                         Arithmetic<Sample>::kernel(image.width, width, filter), narrowed,
                         samplesOf<Sample>(narrowed));
    if (!needsColumns) return narrowed;
  }
  Image result = formats::makeImage(width, height, image.channels, image.sampleType);
  const size_t stride = static_cast<size_t>(width) * static_cast<size_t>(image.channels);
  resampleColumns<Sample>(samplesOf<Sample>(needsRows ? narrowed : image), needsRows ? firstRow : 0, stride,
                          vertical, samplesOf<Sample>(result));
  return result;
}

}  // namespace

Result<Image> resizeImage(const Image& image, int width, int height, Resample filter) {
  for (int extent : {width, height, image.width, image.height}) {
    if (extent < 1 || extent > maxExtentPx) {
      return Error{ErrorCode::invalidArgument, "resizing " + std::to_string(image.width) + " x " +
                                                   std::to_string(image.height) + " to " +
                                                   std::to_string(width) + " x " + std::to_string(height) +
                                                   " pixels; allowed are 1 to 65535 a side"};
    }
  }
  const int64_t tallest = std::max(image.height, height);
  if (tallest * width * image.channels > maxIntermediateSamples) {
    return Error{ErrorCode::imageTooLarge,
                 "resizing needs " + std::to_string(tallest * width * image.channels) +
                     " samples in between; allowed are " + std::to_string(maxIntermediateSamples)};
  }
  try {
    return image.sampleType == SampleType::u16 ? resample<uint16_t>(image, width, height, filter)
                                               : resample<uint8_t>(image, width, height, filter);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the resized picture"};
  }
}

}  // namespace pith
