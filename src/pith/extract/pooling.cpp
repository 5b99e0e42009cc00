// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/pooling.h"

namespace pith {

std::string_view poolingName(Pooling pooling) {
  switch (pooling) {
    case Pooling::average:
      return "average";
    case Pooling::none:
      return "none";
  }
  return "none";
}

std::vector<float> averagePool(std::span<const float> map, size_t channels) {
  std::vector<double> sums(channels, 0.0);
  for (size_t first = 0; first + channels <= map.size(); first += channels) {
    for (size_t c = 0; c < channels; ++c) sums[c] += map[first + c];
  }
  const auto places = static_cast<double>(map.size() / channels);
  std::vector<float> means;
  means.reserve(channels);
  for (double sum : sums) means.push_back(static_cast<float>(sum / places));
  return means;
}

}  // namespace pith
