// Checkpoints: what was saved is found again; a damaged or foreign one is refused; a kill leaves one that loads.
#include "common/catch.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "common/checkpoint.hpp"
#include "common/random.hpp"

using namespace bn;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("bn_checkpoint_" + std::to_string(::getpid()))) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    fs::path operator/(const char* name) const { return path_ / name; }

private:
    fs::path path_;
};

Dataset data() {
    ImageSet images{std::vector<std::uint8_t>(2 * image_bytes, 7), {label_airplane, label_bird}};
    return {"grey", "grey", images, images};
}

Options options_with(const fs::path& checkpoint, const fs::path& resume = {}) {
    Options options;
    options.program = "ch99_nothing";
    options.checkpoint = checkpoint;
    options.resume = resume;
    return options;
}

std::string refusal(const Options& options, const Dataset& images = data()) {
    try {
        const Checkpoint checkpoint(options, images);
        return "";
    } catch (const FileError& error) {
        return error.what();
    }
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// The state of a run in the file; empty if there is none.
NamedTensors state_of(const fs::path& file, const std::string& run) {
    NamedTensors state;
    Checkpoint(options_with({}, file), data()).restore(run, [&](const NamedTensors& found) { state = found; });
    return state;
}

}  // namespace

TEST_CASE("what a run saved is what the next one finds, though the run goes on") {
    const Folder folder;
    const fs::path file = folder / "c";
    {
        Checkpoint checkpoint(options_with(file), data());
        CHECK(checkpoint.is_written());
        Tensor<float> w({2}, {1, 2});
        checkpoint.save("first", {{"w", w}, {"gone", w}});
        checkpoint.save("first", {{"w", w}, {"a/b", WholeNumbers{{1}, {5}}}});
        w[0] = 9;  // the run goes on, and another one begins
        checkpoint.save("second", {{"w", w}});
    }
    const NamedTensors first = state_of(file, "first");
    CHECK(first.size() == 2);
    CHECK(saved<Tensor<float>>(first, "w")[0] == 1);
    CHECK(saved<WholeNumbers>(first, "a/b").values[0] == 5);
    CHECK(saved<Tensor<float>>(state_of(file, "second"), "w")[0] == 9);
    CHECK(state_of(file, "third").empty());

    // What does not fit is told with the file's name
    const Checkpoint found(options_with({}, file), data());
    CHECK_FALSE(found.is_written());
    for (const char* name : {"none", "a/b"})
        CHECK(message_of([&] {
                  found.restore("first", [&](const NamedTensors& state) { saved<Tensor<float>>(state, name); });
              }) == "cannot resume from " + file.string() + ": it has no '" + name + "', or one of another type");
}

TEST_CASE("without the options nothing is written") {
    Checkpoint checkpoint(options_with({}), data());
    checkpoint.save("run", {{"w", Tensor<float>({1})}});
    CHECK_FALSE(checkpoint.is_written());
}

TEST_CASE("a checkpoint of another run is refused, and the message says what differs") {
    const Folder folder;
    const fs::path file = folder / "c";
    Checkpoint(options_with(file), data()).save("run", {});
    CHECK(refusal(options_with({}, file)).empty());

    const auto differs = [&](const char* what, auto change) {
        Options options = options_with({}, file);
        change(options);
        const std::string why = refusal(options);
        CAPTURE(what, why);
        CHECK(has(why, "cannot resume from " + file.string() + ": its " + what + " is '"));
    };
    differs("program", [](Options& o) { o.program = "ch98_other"; });
    differs("--seed", [](Options& o) { o.seed = 1; });
    differs("--batch", [](Options& o) { o.batch = 63; });
    differs("--epochs", [](Options& o) { o.epochs = 2; });
    differs("--lr", [](Options& o) { o.lr = std::nextafter(o.lr, 1.0); });
    differs("--momentum", [](Options& o) { o.momentum = 0; });
    differs("--schedule", [](Options& o) { o.schedule = Schedule::cosine; });
    differs("--layer", [](Options& o) { o.layer = "bn_initial"; });
    differs("--quick", [](Options& o) { o.quick = true; });
    differs("--full", [](Options& o) { o.full = true; });
    Options threads = options_with({}, file);
    threads.threads = 7;
    CHECK(refusal(threads).empty());

    Dataset other = data();
    other.train.pixels[5] ^= 1;
    CHECK(has(refusal(options_with({}, file), other), "its data is 'grey: 2 images (CRC "));
    other = data();
    other.validation.labels[1] = label_airplane;
    CHECK(has(refusal(options_with({}, file), other), "its data is"));

    TensorFile silent = parse_checkpoint(read_bytes(file, 10'000));
    silent.metadata.erase("--lr");
    write_atomically(file, checkpoint_bytes(silent));
    CHECK(has(refusal(options_with({}, file)), "its --lr is 'none'"));
}

TEST_CASE("a flipped bit, wherever it is, and a cut, wherever it is, are refused") {
    TensorFile contents;
    contents.tensors["run/w"] = Tensor<float>({3}, {1, 2, 3});
    contents.tensors["run/n"] = WholeNumbers{{}, {1}};
    contents.metadata["epoch"] = "3";
    std::vector<std::byte> bytes = checkpoint_bytes(contents);
    CHECK(parse_checkpoint(bytes).tensors.size() == 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            bytes[i] ^= std::byte{1} << bit;
            CAPTURE(i, bit);
            CHECK_THROWS_AS(parse_checkpoint(bytes), FileError);
            bytes[i] ^= std::byte{1} << bit;
        }
    for (std::size_t length = 0; length < bytes.size(); ++length)
        CHECK_THROWS_AS(parse_checkpoint(std::span(bytes).first(length)), FileError);
    CHECK_NOTHROW(parse_checkpoint(bytes));
}

TEST_CASE("another version and foreign files are refused, and not overwritten") {
    const Folder folder;
    const auto why = [](const std::vector<std::byte>& bytes) -> std::string {
        try {
            parse_checkpoint(bytes);
            return "";
        } catch (const FileError& error) {
            return error.what();
        }
    };
    CHECK(has(why(safetensors_bytes({})), "another kind"));
    TensorFile other = parse_checkpoint(checkpoint_bytes({}));
    other.metadata["version"] = "2";
    CHECK(has(why(safetensors_bytes(other)), "its version is '2', and this program reads 1"));
    other.metadata["version"] = "1";
    other.metadata.erase("checksum");
    CHECK(has(why(safetensors_bytes(other)), "checksum"));

    const fs::path file = folder / "thesis.txt";
    const std::string text = "not to be lost";
    write_atomically(file, std::as_bytes(std::span(text)));
    for (const Options& options : {options_with(file), options_with({}, file), options_with(file, file)}) {
        CHECK(has(refusal(options), file.string() + " is no checkpoint: "));
        CHECK(fs::file_size(file) == text.size());
    }
    CHECK(has(refusal(options_with({}, folder / "none")), "cannot read"));
    CHECK(has(refusal(options_with("/dev/full")), "not an ordinary file"));
    CHECK(has(refusal(options_with(fs::temp_directory_path())), "not an ordinary file"));
}

TEST_CASE("killed at any moment, a program leaves a checkpoint that loads") {
    const Folder folder;
    const fs::path file = folder / "c";
    Checkpoint(options_with(file), data()).save("run", {{"w", Tensor<float>({1})}});
    Random random(1);
    for (int kill = 0; kill < 20; ++kill) {
        const pid_t child = ::fork();
        if (child == 0) {  // saves again and again, the number i everywhere
            Checkpoint checkpoint(options_with(file), data());
            for (int i = 0;; ++i) checkpoint.save("run", {{"w", Tensor<float>({20'000}, static_cast<float>(i))}});
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(20'000)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);

        REQUIRE(refusal(options_with({}, file)).empty());
        const Tensor<float> w = saved<Tensor<float>>(state_of(file, "run"), "w");
        for (const float value : w.values()) REQUIRE(value == w[0]);
    }
}
