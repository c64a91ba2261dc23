// Write it: a list of hooks, and how one gets off it again.
//
// What a module needs of a list of hooks (the chapter's "How hooks come and go"):
//   - call(x) calls each hook with x, in the order in which they were added;
//   - add(hook) gives back a number, and remove(number) takes that hook off, and no other. To remove twice, or a number
//     that was never given, is harmless; a number is never given twice;
//   - hooks may add and remove hooks while call() runs. One that is removed then still fires in this call; one that is
//     added waits for the next.
#pragma once

#include <functional>
#include <vector>

#include "common/todo.hpp"

namespace mine {

using Hook = std::function<void(double x)>;

class Hooks {
public:
    int add(Hook hook) { throw bn::Todo("04_2"); }

    void remove(int number) { throw bn::Todo("04_2"); }

    void call(double x) { throw bn::Todo("04_2"); }

private:
    // Yours to choose
};

}  // namespace mine
