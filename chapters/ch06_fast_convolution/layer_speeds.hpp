// The passes of each layer of chapter 8's network, timed one by one, for the roofline.
#pragma once

#include <string>
#include <vector>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch06_fast_convolution/measure.hpp"

namespace bn {

/// One pass of one layer: what it does for each byte that it has to move, and how fast.
struct LayerSpeed {
    std::string layer, pass;  // "conv1", "forward"
    double intensity;         // FLOP/byte
    double gflops;            // GFLOP/s

    bool convolution() const { return layer.find("conv") != std::string::npos; }
};

/// Times every layer on `N` images of noise, on all threads. A comparison counts as one operation, a multiply-add as
/// two; bytes are those of the tensors that a pass has to read and write, each time that it has to. Batch norm forward:
/// 2 operations for the mean, 4 for the squares, 4 to normalise; x is read twice and y written.
inline std::vector<LayerSpeed> time_layers(Random& random, Index N) {
    std::vector<LayerSpeed> speeds;
    const auto normal = [&](Shape shape) {
        Tensor<float> t(std::move(shape));
        random.fill_normal(t.values());
        return t;
    };
    const auto time = [&](const char* layer, const char* pass, Index operations, Index floats, const auto& run) {
        const double seconds = fastest(20, run), count = static_cast<double>(operations);
        speeds.push_back({layer, pass, count / (4.0 * static_cast<double>(floats)), count / seconds / 1e9});
    };

    struct Conv {
        const char* name;
        Index in, out, side;
    };
    for (const Conv& c : {Conv{"conv1", 3, 8, 32}, {"res_block1.conv1", 8, 16, 16}, {"res_block1.conv2", 16, 16, 16}}) {
        const Tensor<float> x = normal({N, c.in, c.side, c.side}), d_y = normal({N, c.out, c.side, c.side}),
                            weight = normal({c.out, c.in, 3, 3}), bias = normal({c.out});
        const Index operations = 2 * 9 * c.in * d_y.numel(), floats = x.numel() + d_y.numel() + weight.numel();
        const Conv2dGeometry same{1, 1};
        time(c.name, "forward", operations, floats, [&] { fast_conv2d(x, weight, bias, same); });
        if (c.in != 3)  // the first layer's input needs no gradient
            time(c.name, "d_x", operations, floats, [&] { fast_conv2d_d_x(d_y, x.shape(), weight, same); });
        time(c.name, "d_weight", operations, floats, [&] { fast_conv2d_backward(d_y, x, weight, false, same, false); });
    }

    const Tensor<float> x = normal({N, 8, 32, 32}), d_y = normal(x.shape()), none;
    const Index n = x.numel();
    const BatchNorm2dForward<float> norm = fast_batch_norm_2d(x, none, none);
    time("bn_initial", "forward", 8 * n, 3 * n, [&] { fast_batch_norm_2d(x, none, none); });
    time("bn_initial", "backward", 11 * n, 5 * n, [&] { fast_batch_norm_2d_backward(d_y, x, norm.statistics, none); });
    const MaxPool2dForward<float> pooled = fast_max_pool2d(x, 2, 2);
    time("pool", "forward", 3 * n / 4, n + n / 2, [&] { fast_max_pool2d(x, 2, 2); });
    time("pool", "backward", n / 4, n + n / 2, [&] { fast_max_pool2d_backward(pooled.y, pooled.argmax, x.shape()); });
    Tensor<float> y = x.clone();
    time("relu", "forward", n, 2 * n, [&] { fast_relu_(y); });
    time("relu", "backward", n, 3 * n, [&] { fast_relu_backward(d_y, y); });

    const Tensor<float> features = normal({N, 1024}), weight = normal({64, 1024}), d_out = normal({N, 64});
    const Index products = 2 * N * 64 * 1024, floats = features.numel() + weight.numel() + d_out.numel();
    time("fc1", "forward", products, floats, [&] { fast_linear(features, weight, none); });
    time("fc1", "backward", 2 * products, 2 * floats, [&] { fast_linear_backward(d_out, features, weight, false); });
    return speeds;
}

}  // namespace bn
