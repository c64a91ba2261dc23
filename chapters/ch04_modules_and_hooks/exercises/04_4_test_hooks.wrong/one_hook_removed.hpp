// Fails: it rejects a removal that takes all
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
    layer.add_pre_hook([&](double) { log += "p"; });
    const int a = layer.add_forward_hook([&](double x, double y) {
        log += "a";
        saw_right = saw_right && x == 5 && y == 10;
    });
    const int b = layer.add_forward_hook([&](double, double) { log += "b"; });
    layer.forward(5);
    if (log != "") return false;
    layer.call(5);
    layer.call(5);
    if (log != "pabpab" || !saw_right) return false;
    layer.remove(a);
    layer.remove(b);
    log.clear();
    layer.call(5);
    return log.find_first_of("ab") == std::string::npos;
}

}  // namespace mine
