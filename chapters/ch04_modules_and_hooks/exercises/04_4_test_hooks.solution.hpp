// Test it: a test that tells a right dispatch of hooks from broken ones.
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

    // Registered in an order of its own, two of each kind, so that an order within and between them can be seen
    const int a = layer.add_forward_hook([&](double x, double y) {
        log += "a";
        saw_right = saw_right && x == 5 && y == 10;
    });
    const int p = layer.add_pre_hook([&](double x) {
        log += "p";
        saw_right = saw_right && x == 5;
    });
    layer.add_forward_hook([&](double, double) { log += "b"; });
    layer.add_pre_hook([&](double) { log += "q"; });

    // No hook in forward; all of them in each call
    if (layer.forward(5) != 10 || log != "") return false;
    if (layer.call(5) != 10 || log != "pqab") return false;
    if (layer.call(5) != 10 || log != "pqabpqab" || !saw_right) return false;

    // Those that are removed, and no others
    log.clear();
    layer.remove(a);
    layer.call(5);
    if (log != "pqb") return false;
    log.clear();
    layer.remove(p);
    layer.call(5);
    return log == "qb";
}

}  // namespace mine
