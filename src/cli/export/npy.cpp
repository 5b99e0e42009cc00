// SPDX-License-Identifier: Apache-2.0
#include "export/npy.h"

#include "export/formats.h"

namespace pith::cli {

std::string npyHeader(const std::string& type, const std::vector<uint64_t>& shape) {
  std::string extents;
  for (const uint64_t extent : shape) extents += std::to_string(extent) + ", ";
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  if (shape.size() == 1) extents.resize(extents.size() - 1);  // "(3,)" is a tuple, "(3)" a number
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + extents + "), }";
  constexpr size_t fixedBytes = 10;  // magic, version, length
  text.resize((fixedBytes + text.size() + 1 + 63) / 64 * 64 - fixedBytes - 1, ' ');
  text += '\n';
  const std::string length{static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + text;
}

std::string npyType(ArrayType type, size_t characters) {
  switch (type) {
    case ArrayType::f64:
      return "<f8";
    case ArrayType::i64:
      return "<i8";
    case ArrayType::f32:
    case ArrayType::bf16:
      return "<f4";  // NumPy knows no bf16; it is widened
    case ArrayType::f16:
      return "<f2";
    case ArrayType::i8:
      return "|i1";
    case ArrayType::u8:
      return "|u1";
    case ArrayType::text:
      return "<U" + std::to_string(characters);
  }
  return {};
}

Status writeNpy(const ExportTable& table, BufferedSink& sink) {
  const NamedArray array = featureArray(table, 0, true);
  PITH_RETURN_IF_ERROR(sink.write(asBytes(npyHeader(npyType(array.type), array.shape))));
  return array.write(sink);
}

}  // namespace pith::cli
