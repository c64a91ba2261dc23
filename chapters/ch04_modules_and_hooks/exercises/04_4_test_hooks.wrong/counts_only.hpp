// Fails: it rejects the newest hook first
#pragma once

#include <functional>
#include <string>

namespace mine {

struct Layer {
    std::function<double(double x)> call;
    std::function<double(double x)> forward;
    std::function<int(std::function<void(double x)>)> add_pre_hook;
    std::function<int(std::function<void(double x, double y)>)> add_forward_hook;
    std::function<void(int number)> remove;
};

using MakeLayer = std::function<Layer()>;

inline bool accepts(const MakeLayer& make_layer) {
    const Layer layer = make_layer();
    int pre = 0, forward = 0;
    bool saw_right = true;
    const int a = layer.add_forward_hook([&](double x, double y) {
        ++forward;
        saw_right = saw_right && x == 5 && y == 10;
    });
    layer.add_pre_hook([&](double) { ++pre; });
    layer.add_forward_hook([&](double, double) { ++forward; });
    layer.forward(5);
    if (pre != 0 || forward != 0) return false;
    layer.call(5);
    layer.call(5);
    if (pre != 2 || forward != 4 || !saw_right) return false;
    layer.remove(a);
    layer.call(5);
    return pre == 3 && forward == 5;
}

}  // namespace mine
