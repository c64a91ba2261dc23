// Fails: removing one leaves the others
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
        hooks_.push_back(std::move(hook));
        return static_cast<int>(hooks_.size()) - 1;
    }

    void remove(int number) {
        if (number >= 0 && number < static_cast<int>(hooks_.size())) hooks_.erase(hooks_.begin() + number);
    }

    void call(double x) {
        const auto now = hooks_;
        for (const Hook& hook : now) hook(x);
    }

private:
    std::vector<Hook> hooks_;
};

}  // namespace mine
