// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/probe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "pith/import/model_digest.h"

namespace pith {
namespace {

Image blank(int width, int height, int channels) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.u8.reserve(static_cast<size_t>(image.sampleCount()));
  return image;
}

Image rings() {
  Image image = blank(640, 512, 1);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int squaredRadius = (x - 320) * (x - 320) + (y - 256) * (y - 256);
      image.u8.push_back(static_cast<uint8_t>((squaredRadius / 64 + x * 255 / 639) % 256));
    }
  }
  return image;
}

/// Noise without a generator's state: multiplying spreads a number's bits upwards, shifting brings them down
/// again.
uint32_t scrambled(uint32_t x) {
  x *= 0x9E3779B1U;  // 2^32 over the golden ratio, made odd
  x ^= x >> 15;
  x *= 0x9E3779B1U;
  return x >> 16;
}

Image blobs() {
  struct Blob {
    int x, y, radius;
  };
  constexpr std::array<Blob, 3> ofChannel{{{160, 200, 180}, {330, 330, 230}, {240, 520, 150}}};
  constexpr int height = 220, mostNoise = 63;
  Image image = blank(512, 640, 3);
  uint32_t sample = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (const Blob& blob : ofChannel) {
        const int squaredRadius = (x - blob.x) * (x - blob.x) + (y - blob.y) * (y - blob.y);
        const int bump = std::max(0, height - squaredRadius * height / (blob.radius * blob.radius));
        const auto noise = static_cast<int>(scrambled(++sample) & mostNoise);
        image.u8.push_back(static_cast<uint8_t>(std::min(bump + noise, 255)));
      }
    }
  }
  return image;
}

Image stripes() {
  Image image = blank(384, 384, 3);
  for (int y = 0; y < image.height; ++y) {
    const int side = 1 + y / 16;  // of a checker
    for (int x = 0; x < image.width; ++x) {
      image.u8.push_back((x + y) / 8 % 2 == 0 ? 255 : 0);
      image.u8.push_back((x / side + y / side) % 2 == 0 ? 230 : 25);
      image.u8.push_back(static_cast<uint8_t>((x + 2 * y) * 255 / 1149));
    }
  }
  return image;
}

double relativeDistance(std::span<const float> seen, std::span<const float> expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double step = double{seen[i]} - double{expected[i]};
    difference += step * step;
    norm += double{expected[i]} * double{expected[i]};
  }
  return difference == 0 ? 0.0 : std::sqrt(difference / norm);
}

}  // namespace

Image probeImage(int index) {
  if (index == 0) return rings();
  return index == 1 ? blobs() : stripes();
}

Result<std::vector<std::vector<float>>> computeProbe(EncoderSet& encoders) {
  std::vector<std::vector<float>> probe(encoders.infos().size());
  for (int i = 0; i < probeImageCount; ++i) {
    PITH_ASSIGN_OR_RETURN(const auto blocks, encoders.extract(probeImage(i)));
    for (size_t b = 0; b < blocks.size(); ++b)
      probe[b].insert(probe[b].end(), blocks[b].begin(), blocks[b].end());
  }
  return probe;
}

Result<std::vector<float>> computeProbe(Extractor& extractor) {
  std::vector<float> probe;
  for (int i = 0; i < probeImageCount; ++i) {
    PITH_ASSIGN_OR_RETURN(const auto features, extractor.extract(probeImage(i)));
    probe.insert(probe.end(), features.begin(), features.end());
  }
  return probe;
}

std::string_view probeMatchName(ProbeMatch match) {
  constexpr std::array<std::string_view, 3> names{"bitEqual", "withinBound", "different"};
  return names[static_cast<size_t>(match)];
}

ProbeComparison compareProbe(std::span<const float> stored, std::span<const float> recomputed, double bound) {
  if (stored.size() != recomputed.size() || stored.empty() || stored.size() % probeImageCount != 0)
    return {ProbeMatch::different, std::numeric_limits<double>::infinity(), bound};
  if (std::memcmp(stored.data(), recomputed.data(), stored.size_bytes()) == 0)
    return {ProbeMatch::bitEqual, 0.0, bound};
  const size_t count = stored.size() / probeImageCount;
  double worst = 0;
  for (size_t first = 0; first < stored.size(); first += count) {
    const double distance = relativeDistance(recomputed.subspan(first, count), stored.subspan(first, count));
    worst = distance > worst || std::isnan(distance) ? distance : worst;
  }
  if (std::isnan(worst)) worst = std::numeric_limits<double>::infinity();
  return {worst <= bound ? ProbeMatch::withinBound : ProbeMatch::different, worst, bound};
}

Result<ProbeComparison> recomputeProbe(ByteView modelFile, const EncoderInfo& info,
                                       std::span<const float> stored, const Limits& limits,
                                       ExternalData* external) {
  PITH_ASSIGN_OR_RETURN(const Sha256Digest seen, modelDigest(modelFile, external, limits));
  if (seen != info.modelSha256) {
    return Error{ErrorCode::weightsMismatch, "The model file's SHA-256 is " + toHex(seen) +
                                                 "; that of the encoder is " + toHex(info.modelSha256) + "."};
  }
  TapOptions tap{info.tap, info.pooling, std::nullopt};
  if (info.pooling == Pooling::generalizedMean) tap.poolingPower = info.poolingPower;
  std::vector<Encoder> encoders;
  PITH_ASSIGN_OR_RETURN(Encoder encoder, Encoder::load(modelFile, {info.name, info.recipe, {tap}, limits}, external));
  encoders.push_back(std::move(encoder));
  EncoderSet set(std::move(encoders), limits);
  PITH_ASSIGN_OR_RETURN(const auto probe, computeProbe(set));
  return compareProbe(stored, probe.front(), set.roundingBounds().front());
}

}  // namespace pith
