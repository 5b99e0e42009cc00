// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "text.h"

namespace pith::cli {
namespace {

constexpr auto redrawEvery = std::chrono::milliseconds(100);
constexpr auto lineEvery = std::chrono::seconds(5);
constexpr auto lineNotBefore = std::chrono::seconds(1);

/// A terminal that can redraw a line.
bool isTerminal() {
  const char* const kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind && std::string_view(kind) != "dumb";
}

size_t terminalColumns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::string describe(size_t done, size_t total, size_t refused, double seconds) {
  char numbers[96];
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::snprintf(numbers, sizeof numbers, "%zu/%zu  %.1f images/s", done, total, rate);
  std::string text = numbers;
  if (done > 0 && done < total)
    text += "  " + humanDuration(static_cast<double>(total - done) / rate) + " left";
  if (refused > 0) text += "  " + std::to_string(refused) + " refused";
  return text;
}

}  // namespace

Progress::Progress(size_t total, bool quiet) : total_(total), quiet_(quiet), terminal_(isTerminal()) {}

Progress::~Progress() { finish(); }

void Progress::update(size_t done, size_t refused) {
  if (quiet_) return;
  const Clock::time_point now = Clock::now();
  const auto sinceLast = now - lastShown_;
  const size_t tenth = total_ == 0 ? 0 : done * 10 / total_;
  const bool due = terminal_ ? sinceLast >= redrawEvery
                             : sinceLast >= lineEvery || (tenth > lastTenth_ && sinceLast >= lineNotBefore);
  if (!due) return;
  lastShown_ = now;
  lastTenth_ = tenth;
  draw(done, refused, std::chrono::duration<double>(now - start_).count());
}

void Progress::draw(size_t done, size_t refused, double seconds) {
  const std::string text = describe(done, total_, refused, seconds);
  if (!terminal_) {
    std::fprintf(stderr, "encoded %s\n", text.c_str());
    return;
  }
  const size_t columns = terminalColumns();
  std::string line = text;
  if (columns > text.size() + 14) {
    const size_t width = std::min<size_t>(columns - text.size() - 4, 30);
    const size_t filled = total_ == 0 ? 0 : done * width / total_;
    line = "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] " + text;
  }
  line.resize(std::min(line.size(), columns - 1));
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::finish() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace pith::cli
