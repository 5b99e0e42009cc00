// SPDX-License-Identifier: Apache-2.0
#include "download.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "files.h"
#include "interrupt.h"

extern char** environ;

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

Error failed(std::string detail) { return {ErrorCode::readFailed, std::move(detail)}; }

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
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (interruptSignal() != 0) return Error{ErrorCode::cancelled, "the download was interrupted"};
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

std::vector<std::string> commandFor(const std::string& url, const fs::path& path, uint64_t maxBytes,
                                    bool quiet) {
  return {"curl",
          "--disable",  // no settings of the user's own
          "--fail",
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
  std::error_code error;
  if (fs::exists(path, error) && fs::file_size(path, error) == maxBytes)
    return {};  // only its check was missing
  const std::vector<std::string> command = commandFor(url, path, maxBytes, quiet);
  constexpr int cannotResume = 33;
  PITH_ASSIGN_OR_RETURN(int code, run(command));
  if (code == cannotResume) {
    fs::remove(path, error);
    PITH_ASSIGN_OR_RETURN(code, run(command));
  }
  if (code != 0) return failed(meaningOf(code));
  if (fs::file_size(path, error) > maxBytes || error)
    return failed("the server's file is larger than it must be");
  return {};
}

}  // namespace pith::cli
