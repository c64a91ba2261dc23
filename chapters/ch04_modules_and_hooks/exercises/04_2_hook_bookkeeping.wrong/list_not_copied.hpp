// Fails: while hooks run the list may change
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
        std::erase_if(hooks_, [number](const auto& entry) { return entry.first == number; });
    }

    void call(double x) {
        for (std::size_t i = 0; i < hooks_.size(); ++i) {
            const Hook hook = hooks_[i].second;
            hook(x);
        }
    }

private:
    std::vector<std::pair<int, Hook>> hooks_;
    int next_ = 0;
};

}  // namespace mine
