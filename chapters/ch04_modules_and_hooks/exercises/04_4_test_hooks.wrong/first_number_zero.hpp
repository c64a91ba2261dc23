// Fails: it accepts the chapter's hooks
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
    const int a = layer.add_forward_hook([&](double, double) { log += "a"; });
    const int p = layer.add_pre_hook([&](double) { log += "p"; });
    layer.call(5);
    return a == 0 && p == 1 && log == "pa";
}

}  // namespace mine
