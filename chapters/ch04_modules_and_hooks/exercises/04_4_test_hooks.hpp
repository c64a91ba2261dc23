// Test it: a test that tells a right dispatch of hooks from broken ones.
//
// Here you write the test. `accepts` gets a function that makes layers which someone else wrote; each is y = 2*x for
// one number x. Make layers, hang hooks onto them, call them, and say whether they keep the chapter's rules:
//   - call(x) runs the pre-hooks, forward, then the forward hooks, each group in the order of registration;
//   - in each call, each hook runs once, and sees x (and y);
//   - remove(number) removes that hook and no other;
//   - forward(x) runs no hook.
// It will be tried on the right one and on seven broken ones. A hook that writes a letter into a string is a good
// start.
#pragma once

#include <functional>

#include "common/todo.hpp"

namespace mine {

struct Layer {
    std::function<double(double x)> call;                                          // y, with hooks
    std::function<double(double x)> forward;                                       // y, without
    std::function<int(std::function<void(double x)>)> add_pre_hook;                // its number
    std::function<int(std::function<void(double x, double y)>)> add_forward_hook;  // its number; all numbers differ
    std::function<void(int number)> remove;
};

using MakeLayer = std::function<Layer()>;

inline bool accepts(const MakeLayer& make_layer) {
    throw bn::Todo("04_4");
}

}  // namespace mine
