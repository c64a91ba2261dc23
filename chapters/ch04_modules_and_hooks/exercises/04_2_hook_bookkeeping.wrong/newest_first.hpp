// Fails: hooks are called in the order in which they were added
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
        hooks_.emplace(hooks_.begin(), next_, std::move(hook));
        return next_++;
    }

    void remove(int number) {
        std::erase_if(hooks_, [number](const auto& entry) { return entry.first == number; });
    }

    void call(double x) {
        const auto now = hooks_;
        for (const auto& [number, hook] : now) hook(x);
    }

private:
    std::vector<std::pair<int, Hook>> hooks_;
    int next_ = 0;
};

}  // namespace mine
