// What chapter 8's network makes of the validation images with the weights in a file, for a comparison in another
// program: golden/round_trip. Usage: golden_logits WEIGHTS OUTPUT [--sketches], both .safetensors. OUTPUT has "images"
// as the network gets them, [N, 3, 32, 32], "labels" [N] and "logits" [N, 2]. The data are those that chapter 8 takes.
#include <cstdio>
#include <exception>
#include <string>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch04_modules_and_hooks/state_dict_file.hpp"
#include "ch07_training/data_loader.hpp"
#include "ch08_resnet/res_net.hpp"

int main(int argc, char** argv) {
    using namespace bn;
    const bool sketches = argc == 4 && argv[3] == std::string("--sketches");
    if (argc != 3 && !sketches) {
        std::fprintf(stderr, "usage: golden_logits WEIGHTS OUTPUT [--sketches]\n");
        return 2;
    }
    try {
        Random random(0);
        ResNet<float> model(random);
        load_state_dict(model, read_state_dict<float>(argv[1]));
        model.eval();
        const NoGradGuard no_grad;
        const Dataset data = load_dataset({.sketches = sketches});
        const Batch<float> all = DataLoader<float>(data.validation, data.validation.size()).batch(0);
        write_safetensors(argv[2],
                          {{{"images", all.images},
                            {"labels", WholeNumbers{{all.images.size(0)}, {all.labels.begin(), all.labels.end()}}},
                            {"logits", model(all.images)}},
                           {}});
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_logits: %s\n", error.what());
        return 1;
    }
}
