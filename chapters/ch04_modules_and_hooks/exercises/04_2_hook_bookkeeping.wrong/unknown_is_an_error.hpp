// Fails: removing twice is harmless
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
        return next_++;
    }

    void remove(int number) {
        if (std::erase_if(hooks_, [number](const auto& entry) { return entry.first == number; }) == 0)
            throw std::invalid_argument("there is no such hook");
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
