#include <string>

#include "common/catch.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "common/dataset.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

using namespace bn;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

// A folder that is there for one test.
struct TemporaryFolder {
    fs::path path;
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "bn_dataset_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

void write(const fs::path& file, const Bytes& bytes) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Bytes read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// CIFAR-10 records with these labels; pixel p of record r is (7 r + p) mod 256.
Bytes records(const Bytes& labels) {
    Bytes bytes;
    for (std::size_t r = 0; r < labels.size(); ++r) {
        bytes.push_back(labels[r]);
        for (std::size_t p = 0; p < 3072; ++p) bytes.push_back(static_cast<std::uint8_t>(7 * r + p));
    }
    return bytes;
}

const Bytes ten_classes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2};

void write_cifar10(const fs::path& folder) {
    for (const char* batch : {"1", "2", "3", "4", "5"})
        write(folder / ("data_batch_" + std::string(batch) + ".bin"), records(ten_classes));
    write(folder / "test_batch.bin", records({2, 9, 0}));
}

// A picture of one colour; grey, grey with alpha, RGB or RGBA as `colour` has 1 to 4 values.
void write_picture(const fs::path& file, int width, int height, const Bytes& colour) {
    fs::create_directories(file.parent_path());
    Bytes pixels;
    for (int i = 0; i < width * height; ++i) pixels.insert(pixels.end(), colour.begin(), colour.end());
    const int channels = static_cast<int>(colour.size());
    const bool png = file.extension() == ".png";
    REQUIRE((png ? stbi_write_png(file.c_str(), width, height, channels, pixels.data(), 0)
                 : stbi_write_jpg(file.c_str(), width, height, channels, pixels.data(), 90)) != 0);
}

void write_pictures(const fs::path& folder) {
    for (const char* part : {"train", "test"}) {
        write_picture(folder / part / "airplane" / "a.png", 32, 32, {10, 20, 30});
        write_picture(folder / part / "bird" / "b.jpg", 32, 32, {200, 100, 50});
    }
}

// The mean of one channel of image i.
double mean(const ImageSet& images, Index i, Index channel) {
    double sum = 0;
    const auto first = static_cast<std::size_t>(i * image_bytes + channel * 1024);
    for (std::size_t p = 0; p < 1024; ++p) sum += images.pixels[first + p];
    return sum / 1024;
}

// What a message about missing data ends with.
const std::string how = "./tutorial data downloads CIFAR-10, and --sketches needs no data";

// What loading says. One line, whatever happened.
template <class Load>
std::string message_of(Load load) {
    try {
        load();
    } catch (const DataError& error) {
        const std::string message = error.what();
        CHECK(message.find('\n') == std::string::npos);
        return message;
    }
    return "no error";
}

std::string cifar10_message(const fs::path& folder) {
    return message_of([&] { load_cifar10(folder); });
}
std::string pictures_message(const fs::path& folder) {
    return message_of([&] { load_image_folder(folder); });
}

// Sets or removes an environment variable for one test.
struct Variable {
    std::string name, before;
    bool was_set;
    Variable(const char* which, const char* value) : name(which), was_set(std::getenv(which) != nullptr) {
        if (was_set) before = std::getenv(which);
        value ? ::setenv(which, value, 1) : ::unsetenv(which);
    }
    ~Variable() { was_set ? ::setenv(name.c_str(), before.c_str(), 1) : ::unsetenv(name.c_str()); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
};

}  // namespace

TEST_CASE("CIFAR-10: airplanes and birds are kept out of ten classes") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    const Dataset dataset = load_cifar10(folder.path);
    CHECK(dataset.slug == "cifar10");
    REQUIRE(dataset.train.size() == 15);
    for (std::size_t i = 0; i < 15; ++i) CHECK(dataset.train.labels[i] == (i % 3 == 0 ? label_airplane : label_bird));
    CHECK(dataset.validation.labels == Bytes{label_bird, label_airplane});

    // Each image is its record's 3072 bytes: those of the file's records 0, 2 and 10.
    const Bytes bytes = records(ten_classes);
    REQUIRE(dataset.train.pixels.size() == 15 * 3072);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto record = bytes.begin() + static_cast<Index>(i == 0 ? 0 : i == 1 ? 2 : 10) * 3073 + 1;
        CHECK(std::equal(record, record + 3072, dataset.train.pixels.begin() + static_cast<Index>(i) * 3072));
    }
}

TEST_CASE("CIFAR-10: each of the files is read once, in order, and may be as large as the real ones") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    for (int batch = 1; batch <= 5; ++batch) {
        Bytes bytes = records({batch == 1 ? std::uint8_t{0} : std::uint8_t{2}});
        std::fill(bytes.begin() + 1, bytes.end(), static_cast<std::uint8_t>(batch));
        write(folder.path / ("data_batch_" + std::to_string(batch) + ".bin"), bytes);
    }
    const ImageSet train = load_cifar10(folder.path).train;
    REQUIRE(train.size() == 5);
    for (Index batch = 0; batch < 5; ++batch) CHECK(mean(train, batch, 0) == static_cast<double>(batch + 1));

    // 10,000 records: the others are cats
    const fs::path file = folder.path / "data_batch_5.bin";
    Bytes bytes(3073 * 10'000, 3);
    bytes[0] = 2;
    write(file, bytes);
    CHECK(load_cifar10(folder.path).train.size() == 5);
}

TEST_CASE("CIFAR-10: a file of a wrong size is named with its size") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    const fs::path file = folder.path / "data_batch_3.bin";
    fs::resize_file(file, 3073 * 2 - 1);
    CHECK_THAT(cifar10_message(folder.path), contains(file.string()) && contains("6145 bytes") && contains("3073"));
    fs::resize_file(file, 0);
    CHECK_THAT(cifar10_message(folder.path), contains(file.string()) && contains("0 bytes"));
    fs::resize_file(file, std::uintmax_t{3073} << 30);  // a file with a hole: it takes no room
    CHECK_THAT(cifar10_message(folder.path), contains(file.string()) && contains("more than"));
}

TEST_CASE("CIFAR-10: a label above 9 is named with its record") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    write(folder.path / "data_batch_2.bin", records({0, 2, 10}));
    CHECK_THAT(cifar10_message(folder.path), contains("data_batch_2.bin, record 3") && contains("label 10"));
}

TEST_CASE("CIFAR-10: what is missing is named with where it should be") {
    const TemporaryFolder folder;
    const std::string where = folder.path.string();
    CHECK_THAT(cifar10_message(folder.path), contains("no data_batch_1.bin") && contains(where) && contains(how));
    const std::string message = cifar10_message(folder.path / "nowhere");
    CHECK_THAT(message, contains("nowhere") && contains("test_batch.bin") && contains(how));
    write_cifar10(folder.path);
    CHECK_THAT(cifar10_message(folder.path / "test_batch.bin"), contains("Not a directory") && contains(how));
    fs::remove(folder.path / "test_batch.bin");
    CHECK_THAT(cifar10_message(folder.path), contains("no test_batch.bin") && contains(how));
    fs::create_directory(folder.path / "test_batch.bin");
    CHECK_THAT(cifar10_message(folder.path), contains("test_batch.bin is not an ordinary file"));
}

TEST_CASE("CIFAR-10: a part without a bird or without an airplane is an error") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    write(folder.path / "test_batch.bin", records({0, 1, 3}));
    CHECK_THAT(cifar10_message(folder.path), contains("no bird") && contains("test_batch.bin"));
    write(folder.path / "test_batch.bin", records({0, 2}));
    for (const char* batch : {"1", "2", "3", "4", "5"})
        write(folder.path / ("data_batch_" + std::string(batch) + ".bin"), records({1, 2}));
    CHECK_THAT(cifar10_message(folder.path), contains("no airplane") && contains("data_batch_1.bin"));
}

TEST_CASE("what may not be read is named with the reason") {
    if (::geteuid() == 0) return;  // root may read everything
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    fs::permissions(folder.path / "data_batch_1.bin", fs::perms::none);
    CHECK_THAT(cifar10_message(folder.path), contains("data_batch_1.bin: Permission denied"));
    fs::permissions(folder.path, fs::perms::none);
    CHECK_THAT(cifar10_message(folder.path), contains(folder.path.string()) && contains("Permission denied"));
    fs::permissions(folder.path, fs::perms::owner_all);
}

TEST_CASE("image folder: PNG and JPEG of any size and number of channels") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    const fs::path birds = folder.path / "train" / "bird";
    write_picture(birds / "c.png", 64, 48, {70, 80, 90});    // to be made smaller
    write_picture(birds / "d.png", 5, 3, {70, 80, 90});      // and larger
    write_picture(birds / "e.png", 32, 32, {120});           // grey
    write_picture(birds / "f.png", 32, 32, {130, 255});      // grey and opaque
    write_picture(birds / "g.png", 32, 32, {1, 2, 3, 255});  // RGB and opaque
    write_picture(birds / "h.jpeg", 100, 4000, {60, 60, 60});
    write_picture(birds / "i.png", 1, 1, {9, 8, 7});
    write_picture(birds / "j.png", 32, 32, {50, 60, 70, 0});  // transparent
    const std::string deep =                                  // 1×1, 16 bits a channel: 0x8080, 0x4040, 0xC0C0
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x10\2\0\0\0\xc0\xe7\x8f\x9d"
        "\0\0\0\x0fIDAT\x78\xda\x63\x68\x68\x70\x70\x38\x70\0\0\x09\x87\3\1\x8f\xf6\xf9\x08"
        "\0\0\0\0IEND\xae\x42\x60\x82"s;
    write(birds / "k.png", Bytes(deep.begin(), deep.end()));
    const Dataset dataset = load_image_folder(folder.path);
    CHECK(dataset.slug == "images");
    const double expected[][3] = {{10, 20, 30},    {200, 100, 50},  {70, 80, 90},  {70, 80, 90},
                                  {120, 120, 120}, {130, 130, 130}, {1, 2, 3},     {60, 60, 60},
                                  {9, 8, 7},       {50, 60, 70},    {128, 64, 192}};
    REQUIRE(dataset.train.size() == 11);
    REQUIRE(dataset.train.pixels.size() == 11 * 3072);
    for (Index i = 0; i < 11; ++i)
        for (Index c = 0; c < 3; ++c) {
            CAPTURE(i, c);
            const double tolerance = i == 1 || i == 7 ? 2 : 0.01;  // JPEG rounds
            CHECK(std::abs(mean(dataset.train, i, c) - expected[i][c]) < tolerance);
        }
}

TEST_CASE("image folder: pixels keep their places") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    Bytes picture;  // red grows to the right and green downwards, over 64×64 pixels
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x)
            for (int value : {4 * (x / 2), 4 * (y / 2), 77}) picture.push_back(static_cast<std::uint8_t>(value));
    const fs::path file = folder.path / "test" / "bird" / "b.png";
    REQUIRE(stbi_write_png(file.c_str(), 64, 64, 3, picture.data(), 0));
    fs::remove(folder.path / "test" / "bird" / "b.jpg");
    const ImageSet images = load_image_folder(folder.path).validation;
    REQUIRE(images.labels == Bytes{label_airplane, label_bird});
    const std::uint8_t* bird = &images.pixels[3072];
    for (int y = 2; y < 30; ++y)
        for (int x = 2; x < 30; ++x) {
            CHECK(std::abs(bird[32 * y + x] - 4 * x) <= 1);
            CHECK(std::abs(bird[1024 + 32 * y + x] - 4 * y) <= 1);
            CHECK(bird[2048 + 32 * y + x] == 77);
        }
}

TEST_CASE("image folder: the order is that of the names with the classes in turns") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    fs::remove(folder.path / "train" / "airplane" / "a.png");
    for (const auto& [name, grey] : {std::pair<const char*, int>{"10.png", 30}, {"02.png", 20}, {"01.PNG", 10}}) {
        const fs::path file = folder.path / "train" / "airplane" / name;
        write_picture(folder.path / "any.png", 32, 32, {static_cast<std::uint8_t>(grey)});
        fs::rename(folder.path / "any.png", file);
    }
    write(folder.path / "train" / "airplane" / "notes.txt", {'x'});
    write(folder.path / "train" / "airplane" / ".hidden.png", {'x'});
    const ImageSet train = load_image_folder(folder.path).train;
    CHECK(train.labels == Bytes{label_airplane, label_bird, label_airplane, label_airplane});
    CHECK(mean(train, 0, 0) == 10);
    CHECK(mean(train, 2, 0) == 20);
    CHECK(mean(train, 3, 0) == 30);
}

TEST_CASE("image folder: what is missing is named") {
    const TemporaryFolder folder;
    CHECK_THAT(pictures_message(folder.path), contains((folder.path / "train").string()) && contains(how));
    write_pictures(folder.path);
    fs::remove(folder.path / "test" / "bird" / "b.jpg");
    const fs::path birds = folder.path / "test" / "bird";
    write(birds / "notes.txt", {'x'});
    CHECK_THAT(pictures_message(folder.path), contains("no .png") && contains(birds.string()));
}

TEST_CASE("image folder: a PNG that is damaged or cut short is named with the reason") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    const fs::path file = folder.path / "train" / "airplane" / "a.png";
    const Bytes whole = read(file);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write(file, Bytes(whole.begin(), whole.begin() + static_cast<Index>(length)));
        CAPTURE(length);
        REQUIRE_THAT(pictures_message(folder.path), contains(file.string()) && contains(": "));
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes damaged = whole;
        damaged[at] ^= 0x10;
        write(file, damaged);
        CAPTURE(at);
        REQUIRE_THAT(pictures_message(folder.path), contains(file.string()) && contains(": "));
    }
}

TEST_CASE("image folder: a JPEG that is damaged or cut short is named with the reason") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    const fs::path file = folder.path / "train" / "bird" / "b.jpg";
    const Bytes whole = read(file);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write(file, Bytes(whole.begin(), whole.begin() + static_cast<Index>(length)));
        CAPTURE(length);
        REQUIRE_THAT(pictures_message(folder.path), contains(file.string()) && contains(": "));
    }

    // A preview inside the file has an end of its own; padding may follow the real end.
    Bytes with_preview = whole, preview = {0xFF, 0xE1, 0x00, 0x06, 0xFF, 0xD8, 0xFF, 0xD9};
    with_preview.insert(with_preview.begin() + 2, preview.begin(), preview.end());
    with_preview.insert(with_preview.end(), {0, 0, 0});
    write(file, with_preview);
    CHECK(pictures_message(folder.path) == "no error");
    with_preview.resize(with_preview.size() - 5);
    write(file, with_preview);
    CHECK_THAT(pictures_message(folder.path), contains("b.jpg: "));

    write(file, {'n', 'o', ' ', 'p', 'i', 'c', 't', 'u', 'r', 'e'});
    CHECK_THAT(pictures_message(folder.path), contains("b.jpg: it is neither a PNG nor a JPEG"));
}

TEST_CASE("image folder: an absurdly large picture is refused by its header") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    const fs::path png = folder.path / "train" / "airplane" / "a.png", jpeg = folder.path / "train" / "bird" / "b.jpg";
    const Bytes whole = read(png);
    const std::string header =
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x10\1\0\0\0\1\x08\0\0\0\0\x94\x88\x5f\x9e"  // 4097×1
        "\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82"s;
    write(png, Bytes(header.begin(), header.end()));
    CHECK_THAT(pictures_message(folder.path), contains("a.png: it is too large: 4097x1 pixels"));
    std::string high = header;  // 1×4097
    high.replace(16, 8, "\0\0\0\1\0\0\x10\1"s).replace(29, 4, "\x5d\xa0\x07\x9b");
    write(png, Bytes(high.begin(), high.end()));
    CHECK_THAT(pictures_message(folder.path), contains("a.png: it is too large: 1x4097 pixels"));
    write(png, whole);

    Bytes bytes = read(jpeg);
    const Bytes frame = {0xFF, 0xC0, 0x00, 0x11, 0x08};  // height and width follow
    const auto at = std::search(bytes.begin(), bytes.end(), frame.begin(), frame.end());
    REQUIRE(at != bytes.end());
    std::fill_n(at + 5, 4, std::uint8_t{0x10});
    write(jpeg, bytes);
    CHECK_THAT(pictures_message(folder.path), contains("b.jpg: it is too large: 4112x4112"));

    fs::resize_file(jpeg, std::uintmax_t{1} << 33);
    CHECK_THAT(pictures_message(folder.path), contains("b.jpg has 8589934592 bytes"));
}

TEST_CASE("image folder: a picture of 200 KB is read") {
    const TemporaryFolder folder;
    write_pictures(folder.path);
    Bytes noise;
    std::uint32_t state = 1;
    for (int i = 0; i < 256 * 256 * 3; ++i)
        noise.push_back(static_cast<std::uint8_t>((state = 1664525 * state + 1013904223) >> 24));
    const fs::path file = folder.path / "train" / "airplane" / "a.png";
    REQUIRE(stbi_write_png(file.c_str(), 256, 256, 3, noise.data(), 0));
    REQUIRE(fs::file_size(file) > 150'000);
    CHECK(pictures_message(folder.path) == "no error");
}

TEST_CASE("image folder: a JPEG of very many scans is refused") {
    // Grey, 8×8, progressive, with nothing but the mean: a scan of one bit, a code of one bit for "no difference"
    const TemporaryFolder folder;
    write_pictures(folder.path);
    const auto with_scans = [&](int count) {
        Bytes bytes = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
        bytes.insert(bytes.end(), 64, 1);  // quantisation
        for (const int b : {0xFF, 0xC2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0})
            bytes.push_back(static_cast<std::uint8_t>(b));
        for (const int b : {0xFF, 0xC4, 0, 20, 0, 1}) bytes.push_back(static_cast<std::uint8_t>(b));  // codes
        bytes.insert(bytes.end(), 16, 0);
        for (int scan = 0; scan < count; ++scan)
            for (const int b : {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0x7F})
                bytes.push_back(static_cast<std::uint8_t>(b));
        bytes.insert(bytes.end(), {0xFF, 0xD9});
        write(folder.path / "train" / "bird" / "b.jpg", bytes);
        return pictures_message(folder.path);
    };
    CHECK(with_scans(3) == "no error");
    CHECK_THAT(with_scans(600), contains("b.jpg: ") && contains("scans"));
}

TEST_CASE("image folder: a JPEG with a broken table of codes is refused") {
    // Found by fuzz/jpeg.cpp: with these, stb_image 2.27 writes and reads outside its tables.
    const TemporaryFolder folder;
    write_pictures(folder.path);
    for (const char* name : {"huffman_table_too_long.jpg", "huffman_code_unknown.jpg"}) {
        fs::copy_file(project_root() / "fuzz" / "seeds" / "jpeg" / name, folder.path / "train" / "bird" / "b.jpg",
                      fs::copy_options::overwrite_existing);
        CHECK_THAT(pictures_message(folder.path), contains("b.jpg: "));
    }
}

TEST_CASE("which data: the options come before CIFAR10_DIR and that before what is there") {
    const TemporaryFolder cifar, pictures;
    write_cifar10(cifar.path);
    write_pictures(pictures.path);
    Options none, with_data, with_sketches;
    with_data.data = pictures.path;
    with_sketches.sketches = true;

    {
        const Variable variable("CIFAR10_DIR", cifar.path.c_str());
        CHECK(load_dataset(none).slug == "cifar10");
        CHECK(load_dataset(with_data).slug == "images");
        CHECK(load_dataset(with_sketches).slug == "sketches");
        with_data.data = cifar.path;
        CHECK(load_dataset(with_data).slug == "cifar10");
    }
    const Variable variable("CIFAR10_DIR", nullptr);
    CHECK(load_dataset(none, cifar.path).slug == "cifar10");  // what ./tutorial data has downloaded
    CHECK(load_dataset(none, cifar.path / "nothing").slug == "sketches");
    if (!fs::exists(project_root() / "data" / "cifar-10-batches-bin")) CHECK(load_dataset(none).slug == "sketches");
}

TEST_CASE("which data: a place that is named and not usable is an error") {
    const TemporaryFolder empty;
    Options none, with_data;
    with_data.data = empty.path;
    for (const std::string& value : {std::string(), empty.path.string(), (empty.path / "nowhere").string()}) {
        const Variable variable("CIFAR10_DIR", value.c_str());
        CHECK_THAT(message_of([&] { load_dataset(none); }), contains("CIFAR10_DIR") && contains("./tutorial data"));
    }
    CHECK_THAT(message_of([&] { load_dataset(with_data); }), contains("--data") && contains(empty.path.string()));
}

TEST_CASE("a subset has the first images and no more than there are") {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    const Dataset all = load_cifar10(folder.path), few = subset(all, 4, 100);
    CHECK(few.train.labels == Bytes{0, 1, 1, 0});
    CHECK((few.train.pixels == Bytes(all.train.pixels.begin(), all.train.pixels.begin() + 4 * 3072)));
    CHECK((few.validation.pixels == all.validation.pixels));
    CHECK(few.name == all.name);
}
