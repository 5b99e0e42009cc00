// SPDX-License-Identifier: Apache-2.0
// Any bytes as a DoF archive: its directory, its two descriptions and its first elements.
#include <algorithm>
#include <cstdlib>

#include "pith/dof/dataset.h"
#include "pith/dof/stored_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pith::dof;
  const pith::Result<StoredZip> zip = StoredZip::open({data, size});
  if (!zip) {
    if (zip.error().detail.empty()) std::abort();
    return 0;
  }
  const pith::Result<Dataset> dataset =
      Dataset::read([&](const std::string& name) { return zip->read(name); });
  if (!dataset) return 0;
  for (size_t i = 0; i < std::min<size_t>(dataset->elements.size(), 4); ++i) {
    const pith::Result<pith::ByteView> member = zip->read(elementMember(i));
    if (member) static_cast<void>(readTensorPickle(*member));
  }
  return 0;
}
