// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/container/writer.h"

namespace pith {
namespace {

class MemoryStore final : public RowStore {
 public:
  Status append(std::span<const float> row) override {
    values_.insert(values_.end(), row.begin(), row.end());
    return {};
  }
  Status read(size_t index, std::span<float> row) const override {
    std::copy_n(values_.begin() + static_cast<ptrdiff_t>(index * row.size()), row.size(), row.begin());
    return {};
  }

 private:
  std::vector<float> values_;
};

}  // namespace

std::unique_ptr<RowStore> makeMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace pith
