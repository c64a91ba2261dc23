// Fails: it rejects hooks that fire in the first call only
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
    std::string log;
    bool saw_right = true;
    const int a = layer.add_forward_hook([&](double x, double y) {
        log += "a";
        saw_right = saw_right && x == 5 && y == 10;
    });
    layer.add_pre_hook([&](double) { log += "p"; });
    layer.add_forward_hook([&](double, double) { log += "b"; });
    layer.forward(5);
    if (log != "") return false;
    layer.call(5);
    if (log != "pab" || !saw_right) return false;

    const Layer other = make_layer();
    log.clear();
    other.add_forward_hook([&](double, double) { log += "a"; });
    const int b = other.add_forward_hook([&](double, double) { log += "b"; });
    other.remove(b);
    other.call(5);
    return a >= 0 && log == "a";
}

}  // namespace mine
