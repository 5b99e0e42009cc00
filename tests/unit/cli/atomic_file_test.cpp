// SPDX-License-Identifier: Apache-2.0
#include "atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "files.h"
#include "unit/container/example.h"

namespace pith::cli {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / ("pith-atomic-" + std::string(6, 'X'))).string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path target() const { return folder_ / "out.pith"; }

  /// Writes one container as the program does.
  Status write(const ContainerWriter& writer, uint64_t seed) const {
    PITH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(target()));
    PITH_RETURN_IF_ERROR(
        writer.write({.seed = seedFromNumber(seed)}, [&](ByteView bytes) { return file.write(bytes); }));
    return file.commit(true);
  }

  /// Everything in the folder under a final name is whole. @return whether there is anything
  bool holdsAWholeFile() const {
    bool isThere = false;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().filename().string().starts_with('.')) continue;
      EXPECT_EQ(entry.path(), target());
      const Result<MappedFile> file = MappedFile::open(target());
      EXPECT_TRUE(file.ok());
      const Result<Container> container = Container::open(file->bytes());
      EXPECT_TRUE(container.ok() && container->verify().ok()) << (container.ok() ? "" : container.error().detail);
      isThere = true;
    }
    return isThere;
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, AProcessThatIsKilledAtAnyMomentLeavesAWholeFileOrNone) {
  // Several pieces; the child writes the file over and over, so that the kill finds it writing.
  const ContainerWriter writer = test::writerOf(test::exampleHeader(400, FeatureType::f32), test::exampleRows(300, 400, 1));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(write(writer, 0).ok());
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  fs::remove(target());
  std::mt19937 generator(20261125);
  int withFile = 0;
  for (int kill = 0; kill < 200; ++kill) {
    const auto pause = took * static_cast<int64_t>(generator() % 1000) / 350;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (uint64_t seed = 0;; ++seed) {
        if (!write(writer, seed).ok()) ::_exit(1);
      }
    }
    std::this_thread::sleep_for(pause);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child could not write";
    if (holdsAWholeFile()) ++withFile;
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove(entry.path());
  }
  std::printf("%d of 200 kills came after a first file\n", withFile);
}

TEST_F(AtomicFileTest, ADiskThatIsFullAtAnyByteLeavesNothing) {
  const ContainerWriter writer = test::writerOf(test::exampleHeader(20, FeatureType::f32), test::exampleRows(40, 20, 1));
  const size_t size = test::bytesOf(writer, {}).size();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  for (size_t room = 0; room < size; room += 97) {
    const rlimit limit{room, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const Status written = write(writer, 1);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(written.ok()) << room;
    EXPECT_EQ(written.error().code, ErrorCode::writeFailed);
    EXPECT_TRUE(fs::is_empty(folder_)) << room;
  }
  std::signal(SIGXFSZ, ignored);
  EXPECT_TRUE(write(writer, 1).ok());
  EXPECT_TRUE(holdsAWholeFile());
}

/// Writes two bytes and commits.
Status put(const fs::path& path, bool replace) {
  PITH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  PITH_RETURN_IF_ERROR(file.write(asBytes("ab")));
  return file.commit(replace);
}

unsigned modeOf(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<unsigned>(status.st_mode & 0777) : 0;
}

TEST_F(AtomicFileTest, AFileThatIsReplacedKeepsItsModeAndANewOneFollowsTheMask) {
  const mode_t before = ::umask(027);
  EXPECT_TRUE(put(target(), true).ok());
  EXPECT_EQ(modeOf(target()), 0640u);
  for (const unsigned mode : {0600u, 0444u, 0664u, 0755u}) {
    EXPECT_EQ(::chmod(target().c_str(), mode), 0);
    EXPECT_TRUE(put(target(), true).ok());
    EXPECT_EQ(modeOf(target()), mode);
  }
  ::umask(before);
}

TEST_F(AtomicFileTest, ALinkStaysAndTheFileBehindItIsReplaced) {
  fs::create_directory(folder_ / "store");
  const fs::path real = folder_ / "store/real.pith";
  fs::create_symlink("link", target());
  fs::create_symlink("store/real.pith", folder_ / "link");
  for (const bool wasThere : {false, true}) {
    EXPECT_EQ(fs::exists(real), wasThere);
    EXPECT_TRUE(checkWritable(target(), true, 0).ok());
    EXPECT_TRUE(put(target(), true).ok());
    EXPECT_EQ(fs::file_size(real), 2u);
    EXPECT_EQ(fs::read_symlink(target()), "link");
    fs::resize_file(real, 1);
  }
  EXPECT_FALSE(checkWritable(target(), false, 0).ok());
  const Status refused = put(target(), false);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().detail.find("--force replaces it"), std::string::npos);
  EXPECT_EQ(fs::file_size(real), 1u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "store"), fs::directory_iterator()), 1);
}

TEST_F(AtomicFileTest, LinksInACircleAndIntoNowhereAreErrors) {
  fs::create_symlink("circle", folder_ / "circle");
  fs::create_symlink("nowhere/out.pith", target());
  for (const fs::path& path : {folder_ / "circle", target()}) {
    EXPECT_FALSE(checkWritable(path, true, 0).ok());
    const Status written = put(path, true);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::writeFailed);
    EXPECT_TRUE(fs::is_symlink(path));
  }
}

TEST_F(AtomicFileTest, AFolderThatCannotBeWrittenIsAnErrorBeforeTheWork) {
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Permissions do not bind root.
    if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(3);
    const Status asked = checkWritable(target(), false, 0);
    const Result<AtomicFile> made = AtomicFile::create(target());
    ::_exit(!asked.ok() && asked.error().code == ErrorCode::writeFailed && !made.ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  fs::permissions(folder_, fs::perms::owner_all);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "this user may neither be bound by permissions nor become another";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace pith::cli
