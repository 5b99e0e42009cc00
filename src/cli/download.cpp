// SPDX-License-Identifier: Apache-2.0
#include "download.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "files.h"
#include "interrupt.h"

extern char** environ;

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

Error failed(std::string detail) { return {ErrorCode::readFailed, std::move(detail)}; }

/// One download into a file at a time: two would write between each other's bytes. The file is there from then on.
/// curl inherits the descriptor, and with it the lock: it may go on where this program was killed.
class Turn {
 public:
  explicit Turn(const fs::path& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT, 0666)) {
    // Some network folders know no locks, and nobody else's either.
    isOthers_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool isOthers() const { return isOthers_; }

 private:
  int descriptor_;
  bool isOthers_ = false;
};

/// What curl's exit codes mean that a user can do something about. @source curl's manual, "Exit codes"
std::string meaningOf(int code) {
  switch (code) {
    case 6:
      return "the server's name cannot be resolved; is this computer online?";
    case 7:
      return "the server does not answer";
    case 18:
      return "the connection ended too early; the next try goes on where this one stopped";
    case 22:
      return "the server refused it; the address may have moved";
    case 23:
      return "it cannot be written to disk";
    case 28:
      return "the server took too long";
    case 35:
    case 60:
      return "no secure connection could be made";
    case 56:
      return "the connection was lost; the next try goes on where this one stopped";
    case 63:
      return "the server's file is larger than it must be";
    case 127:
      return "the program `curl` is not installed";
    default:
      return "curl ended with code " + std::to_string(code);
  }
}

/// curl's exit code. @errors readFailed where it cannot be started
Result<int> run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int status = ::posix_spawnp(&child, words[0].c_str(), nullptr, nullptr, arguments.data(), environ);
  if (status == ENOENT) return 127;
  if (status != 0) return failed("curl cannot be started; the system says: " + systemReason(status));
  int state = 0;
  do {
    // Only a terminal tells curl as well.
    if (interruptSignal() != 0) ::kill(child, SIGTERM);
  } while (::waitpid(child, &state, 0) < 0 && errno == EINTR);
  if (interruptSignal() != 0) return Error{ErrorCode::cancelled, "the download was interrupted"};
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

std::vector<std::string> commandFor(const std::string& url, const fs::path& path, uint64_t maxBytes,
                                    bool quiet) {
  return {"curl",
          "--disable",  // no settings of the user's own
          "--fail",
          "--globoff",  // brackets and braces of an address are its own
          "--location",
          "--proto",
          "=http,https",
          "--proto-redir",
          "=https",
          "--retry",
          "3",
          "--connect-timeout",
          "30",
          "--speed-limit",
          "1",
          "--speed-time",
          "60",
          "--max-filesize",
          std::to_string(maxBytes),
          "--continue-at",
          "-",
          quiet || ::isatty(STDERR_FILENO) == 0 ? "--silent" : "--progress-bar",
          "--output",
          path.string(),
          "--",
          url};
}

}  // namespace

Status download(const std::string& url, const fs::path& path, uint64_t maxBytes, bool quiet) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return Error{ErrorCode::invalidArgument, "the address does not begin with https:// or http://"};
  }
  const Turn turn(path);
  if (turn.isOthers()) return failed("another `pith` is fetching it; wait until that one is done");
  std::error_code error;
  if (fs::exists(path, error) && fs::file_size(path, error) == maxBytes)
    return {};  // only its check was missing
  const std::vector<std::string> command = commandFor(url, path, maxBytes, quiet);
  constexpr int cannotResume = 33;
  PITH_ASSIGN_OR_RETURN(int code, run(command));
  if (code == cannotResume) {
    fs::resize_file(path, 0, error);
    PITH_ASSIGN_OR_RETURN(code, run(command));
  }
  if (code != 0) {
    if (fs::file_size(path, error) == 0) fs::remove(path, error);
    return failed(meaningOf(code));
  }
  if (fs::file_size(path, error) > maxBytes || error) {
    fs::remove(path, error);  // nothing could go on from there
    return failed("the server's file is larger than it must be");
  }
  return {};
}

}  // namespace pith::cli
