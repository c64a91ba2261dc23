// Write it: a list of hooks, and how one gets off it again.
#pragma once

#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace mine {

using Hook = std::function<void(double x)>;

class Hooks {
public:
    int add(Hook hook) {
        hooks_.emplace_back(next_, std::move(hook));
        return next_++;  // never the same again, whatever is removed
    }

    void remove(int number) {
        std::erase_if(hooks_, [number](const auto& entry) { return entry.first == number; });
    }

    void call(double x) {
        const auto now = hooks_;  // what hooks add or remove meanwhile changes hooks_, not this
        for (const auto& [number, hook] : now) hook(x);
    }

private:
    std::vector<std::pair<int, Hook>> hooks_;
    int next_ = 0;
};

}  // namespace mine
