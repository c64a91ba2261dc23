#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// Hooks that each write their letter into a log
struct Logged {
    int add(char letter) {
        return hooks.add([this, letter](double) { log += letter; });
    }
    std::string call() {
        log.clear();
        hooks.call(1);
        return log;
    }
    mine::Hooks hooks;
    std::string log;
};

}  // namespace

TEST_CASE("hooks are called in the order in which they were added") {
    Logged l;
    CHECK(l.call() == "");
    for (char letter : {'a', 'b', 'c'}) l.add(letter);
    CHECK(l.call() == "abc");
    CHECK(l.call() == "abc");
}

TEST_CASE("a hook gets what the list is called with") {
    mine::Hooks hooks;
    double seen = 0;
    hooks.add([&](double x) { seen = x; });
    hooks.call(3.5);
    CHECK(seen == 3.5);
}

TEST_CASE("removing one leaves the others") {
    Logged l;
    const int a = l.add('a'), b = l.add('b'), c = l.add('c');
    l.add('d');
    l.hooks.remove(b);
    CHECK(l.call() == "acd");
    l.hooks.remove(c);
    CHECK(l.call() == "ad");
    l.hooks.remove(a);
    CHECK(l.call() == "d");
}

TEST_CASE("removing twice is harmless") {
    Logged l;
    l.add('a');
    const int b = l.add('b');
    l.add('c');
    CHECK_NOTHROW(l.hooks.remove(b));
    CHECK_NOTHROW(l.hooks.remove(b));
    CHECK_NOTHROW(l.hooks.remove(b + 1000));
    CHECK(l.call() == "ac");
}

TEST_CASE("a number is never given twice") {
    Logged l;
    const int a = l.add('a');
    l.hooks.remove(a);
    const int b = l.add('b');
    CHECK(a != b);
    l.hooks.remove(a);  // whoever removes a twice does not hit b
    CHECK(l.call() == "b");
}

TEST_CASE("while hooks run the list may change") {
    Logged l;
    int second = 0;
    l.hooks.add([&](double) {
        l.log += '1';
        l.hooks.remove(second);
        if (l.log == "1") l.add('+');
    });
    second = l.add('2');
    CHECK(l.call() == "12");  // 2 was removed, and still fires in this call; + was added, and waits
    l.hooks.remove(second);
    l.log = "x";
    l.hooks.call(1);
    CHECK(l.log == "x1+");
}
