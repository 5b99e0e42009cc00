// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/stored_zip.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

namespace pith::dof {
namespace {

std::vector<uint8_t> archive() {
  std::ifstream file(PITH_TEST_DATA "/dof/vectors.dof", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Where the n-th record with that signature starts.
size_t findRecord(const std::vector<uint8_t>& bytes, char third, char fourth, size_t n = 0) {
  const std::string signature{'P', 'K', third, fourth};
  size_t position = asText(bytes).find(signature);
  while (n-- > 0) position = asText(bytes).find(signature, position + 1);
  return position;
}

void expectRefused(const std::vector<uint8_t>& bytes, ErrorCode code, const std::string& words) {
  const Result<StoredZip> zip = StoredZip::open(bytes);
  ASSERT_FALSE(zip) << words;
  EXPECT_EQ(errorName(zip.error().code), errorName(code)) << zip.error().detail;
  EXPECT_NE(zip.error().detail.find(words), std::string::npos) << zip.error().detail;
}

TEST(StoredZip, readsMembers) {
  const std::vector<uint8_t> bytes = archive();
  const Result<StoredZip> zip = StoredZip::open(bytes);
  ASSERT_TRUE(zip) << zip.error().detail;
  EXPECT_EQ(zip->size(), 8u);
  EXPECT_TRUE(zip->has("5.out"));
  const Result<ByteView> member = zip->read(".dofinfo/dataset.json");
  ASSERT_TRUE(member);
  EXPECT_TRUE(asText(*member).starts_with("{\n \"coremodel_family\": \"ResNet\""));
  EXPECT_FALSE(zip->read("6.out"));
}

TEST(StoredZip, refusesWhatIsNoArchive) {
  expectRefused({}, ErrorCode::notADofFile, "no ZIP archive");
  expectRefused(std::vector<uint8_t>(1000, 'P'), ErrorCode::notADofFile, "no ZIP archive");
  std::vector<uint8_t> bytes = archive();
  bytes.resize(bytes.size() - 1);
  expectRefused(bytes, ErrorCode::notADofFile, "end is missing");
}

TEST(StoredZip, refusesCompressionAndEncryptionByName) {
  std::vector<uint8_t> bytes = archive();
  bytes[findRecord(bytes, 1, 2) + 10] = 8;
  expectRefused(bytes, ErrorCode::unsupportedDof, "compressed (method 8)");
  bytes = archive();
  bytes[findRecord(bytes, 1, 2) + 8] |= 1;
  expectRefused(bytes, ErrorCode::unsupportedDof, "encrypted");
}

TEST(StoredZip, refusesEntriesThatDisagree) {
  const auto changed = [](char third, char fourth, size_t offset) {
    std::vector<uint8_t> bytes = archive();
    bytes[findRecord(bytes, third, fourth, 2) + offset] ^= 1;
    return bytes;
  };
  expectRefused(changed(1, 2, 20), ErrorCode::corruptDof, "two sizes");
  expectRefused(changed(1, 2, 24), ErrorCode::corruptDof, "two sizes");
  expectRefused(changed(3, 4, 18), ErrorCode::corruptDof, "two sizes");
  expectRefused(changed(1, 2, 42), ErrorCode::corruptDof, "does not start");
  expectRefused(changed(1, 2, 46), ErrorCode::corruptDof, "differs from the directory");
  expectRefused(changed(3, 4, 8), ErrorCode::corruptDof, "differs from the directory");
  expectRefused(changed(1, 2, 0), ErrorCode::corruptDof, "directory is damaged");
}

TEST(StoredZip, refusesMembersThatOverlapOrRepeat) {
  std::vector<uint8_t> bytes = archive();
  const size_t third = findRecord(bytes, 1, 2, 2), fourth = findRecord(bytes, 1, 2, 3);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(third), fourth - third,
              bytes.begin() + static_cast<std::ptrdiff_t>(fourth));
  expectRefused(bytes, ErrorCode::corruptDof, "two members of one name");
}

TEST(StoredZip, refusesADirectoryOutsideOfTheFile) {
  std::vector<uint8_t> bytes = archive();
  const size_t end = findRecord(bytes, 5, 6);
  bytes[end + 18] = 0x7F;
  expectRefused(bytes, ErrorCode::corruptDof, "does not lie inside");
  bytes = archive();
  bytes[end + 11] = 0x7F;
  expectRefused(bytes, ErrorCode::corruptDof, "does not lie inside");
  bytes = archive();
  bytes[end + 10] = 9;
  expectRefused(bytes, ErrorCode::corruptDof, "directory is damaged");
}

TEST(StoredZip, checksTheChecksum) {
  std::vector<uint8_t> bytes = archive();
  const size_t member = asText(bytes).find("0.out") + 5;
  bytes[member] ^= 1;
  const Result<StoredZip> zip = StoredZip::open(bytes);
  ASSERT_TRUE(zip);
  EXPECT_FALSE(zip->read("0.out"));
  EXPECT_TRUE(zip->read("1.out"));
}

TEST(StoredZip, survivesEveryFlippedBit) {
  const std::vector<uint8_t> whole = archive();
  for (size_t i = 0; i < whole.size() * 8; ++i) {
    std::vector<uint8_t> bytes = whole;
    bytes[i / 8] = static_cast<uint8_t>(bytes[i / 8] ^ (1u << (i % 8)));
    const Result<StoredZip> zip = StoredZip::open(bytes);
    if (zip) static_cast<void>(zip->read("3.out"));
  }
}

}  // namespace
}  // namespace pith::dof
