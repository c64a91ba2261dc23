// Fails: a number is never given twice
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
        const int number = hooks_.empty() ? 0 : hooks_.back().first + 1;
        hooks_.emplace_back(number, std::move(hook));
        return number;
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
};

}  // namespace mine
