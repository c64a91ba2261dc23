// The progress bar: what a terminal gets to see, and that nobody else gets anything.
#include "common/catch.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "common/progress.hpp"

using namespace bn;

namespace {

/// What `write` writes on stderr, which is the file descriptor `to` meanwhile; it is read from `from`.
template <class Write>
std::string on_stderr(int to, int from, const Write& write) {
    std::fflush(stderr);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(to, STDERR_FILENO);
    write();
    std::fflush(stderr);
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    ::fcntl(from, F_SETFL, O_NONBLOCK);
    std::string text, part(4096, '\0');
    for (ssize_t count; (count = ::read(from, part.data(), part.size())) > 0;)
        text.append(part, 0, static_cast<std::size_t>(count));
    return text;
}

void forty_steps() {
    Progress progress("epoch 2/3", 40);
    progress.update(10, "loss 0.5");
    for (long done = 11; done < 40; ++done) progress.update(done, "loss 0.3");  // drawn once in 50 ms
    progress.update(40, "loss 0.25");
}

std::size_t count_of(const std::string& part, const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("a terminal sees a bar that is overwritten and erased in the end") {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0) {
        WARN("there are no pseudo-terminals here: nothing was tried");
        return;
    }
    REQUIRE(::grantpt(terminal) == 0);
    REQUIRE(::unlockpt(terminal) == 0);
    const int other_end = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
    REQUIRE(other_end >= 0);
    const std::string seen = on_stderr(other_end, terminal, forty_steps);
    ::close(other_end);
    ::close(terminal);
    CAPTURE(seen);
    // A quarter of 24 cells, then all of them; each line begins by going back and erasing, and so does the end
    CHECK(seen.find("epoch 2/3  ██████░░░░░░░░░░░░░░░░░░  10/40  loss 0.5  ") != std::string::npos);
    CHECK(seen.find("epoch 2/3  ████████████████████████  40/40  loss 0.25  ") != std::string::npos);
    CHECK(count_of("\r\033[K", seen) >= 3);
    CHECK(count_of("\r\033[K", seen) < 20);
    CHECK(seen.rfind("\r\033[K") == seen.size() - 4);
}

TEST_CASE("no bar is written into a file or a pipe") {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    CHECK(on_stderr(pipe[1], pipe[0], forty_steps).empty());
    ::close(pipe[0]);
    ::close(pipe[1]);
}
