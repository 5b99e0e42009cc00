// SPDX-License-Identifier: Apache-2.0
#include "row_file.h"

#include <sys/resource.h>

#include <csignal>

#include "unit/container/example.h"

namespace pith::cli {
namespace {

namespace fs = std::filesystem;

std::vector<float> rowOf(size_t number, size_t length) {
  std::vector<float> row(length);
  for (size_t i = 0; i < length; ++i) row[i] = static_cast<float>(number * length + i);
  return row;
}

TEST(RowFile, RowsComeBackInAnyOrderAlsoWhileOthersAreAdded) {
  constexpr size_t count = 5000, length = 100;  // 2 MB: several times the buffer's
  const std::unique_ptr<RowFile> file = std::move(RowFile::create(fs::temp_directory_path()).value());
  std::vector<float> row(length);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(file->append(rowOf(i, length)).ok());
    if (i % 700 != 0) continue;
    ASSERT_TRUE(file->read(i / 2, row).ok());
    EXPECT_EQ(row, rowOf(i / 2, length));
  }
  for (size_t i = count; i-- > 0;) {
    ASSERT_TRUE(file->read(i * 7919 % count, row).ok());
    ASSERT_EQ(row, rowOf(i * 7919 % count, length));
  }
  EXPECT_FALSE(file->read(count, row).ok());
}

TEST(RowFile, ItHasNoNameInItsFolder) {
  std::string folder = (fs::temp_directory_path() / ("pith-rows-" + std::string(6, 'X'))).string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::unique_ptr<RowFile> file = std::move(RowFile::create(folder).value());
  ASSERT_TRUE(file->append(rowOf(1, 1 << 19)).ok());
  EXPECT_TRUE(fs::is_empty(folder));
  fs::remove_all(folder);
  EXPECT_EQ(RowFile::create(folder).error().code, ErrorCode::writeFailed);
}

TEST(RowFile, AContainerFromItIsTheOneFromMemory) {
  const std::vector<test::Row> rows = test::exampleRows(50, 6, 3);
  ContainerWriter writer(test::exampleHeader(6, FeatureType::i8), std::move(RowFile::create(fs::temp_directory_path()).value()));
  for (const test::Row& row : rows) ASSERT_TRUE(writer.add(row.record, row.features).ok());
  EXPECT_EQ(test::bytesOf(writer, {.seed = seedFromNumber(1)}), test::bytesOf(rows, 6, FeatureType::i8, 1));
}

TEST(RowFile, AFullDiskIsAnError) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const std::unique_ptr<RowFile> file = std::move(RowFile::create(fs::temp_directory_path()).value());
  const rlimit limit{1 << 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  Status status;
  for (size_t i = 0; i < 3 && status.ok(); ++i) status = file->append(rowOf(i, 1 << 18));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::writeFailed);
}

}  // namespace
}  // namespace pith::cli
