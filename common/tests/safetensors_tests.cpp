// Files of named tensors: what is written comes back, and whatever else a file may hold is refused with its reason.
#include "common/catch.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "common/safetensors.hpp"

using namespace bn;

namespace {

std::vector<std::byte> as_bytes(const std::string& text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

// The 8 bytes of a length, a header, and so many zeros behind it.
std::string file_of(const std::string& header, std::size_t zeros) {
    const std::uint64_t length = header.size();
    std::string text(8, '\0');
    std::memcpy(text.data(), &length, 8);
    return text + header + std::string(zeros, '\0');
}

// Why these bytes are refused; "" if they are not.
std::string refusal(const std::string& bytes) {
    try {
        parse_safetensors(as_bytes(bytes));
        return "";
    } catch (const FileError& error) {
        return error.what();
    }
}

void check_refused(const std::string& bytes, const std::string& reason) {
    CAPTURE(bytes.substr(0, 200));
    const std::string why = refusal(bytes);
    CAPTURE(why);
    CHECK(why.find(reason) != std::string::npos);
    CHECK_FALSE(reason.empty());
}

// A header with these fields for "a".
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TensorFile example() {
    TensorFile file;
    file.tensors["conv1.weight"] = Tensor<float>({2, 3}, {1, -0.0F, 3.5F, NAN, INFINITY, 1e-40F});
    file.tensors["big"] = Tensor<double>({3}, {1.0 / 3, -1e308, 5e-324});
    file.tensors["bn1.num_batches_tracked"] = WholeNumbers{{}, {std::numeric_limits<std::int64_t>::min()}};
    file.tensors["none"] = Tensor<float>({0, 4});
    file.tensors["wide_none"] = Tensor<double>({0});  // its place begins where the first narrow one's does
    file.tensors["order"] = WholeNumbers{{2, 2}, {1, 2, 3, -4}};
    file.metadata = {{"format", "pt"}, {"text", "gr\xc3\xbc\xc3\x9f \"e\"\n"}};
    return file;
}

bool same(const FileTensor& a, const FileTensor& b) {
    if (a.index() != b.index() || shape_of(a) != shape_of(b)) return false;
    return std::visit(
        [&](const auto& x) {
            const auto& y = std::get<std::decay_t<decltype(x)>>(b);
            if constexpr (requires { x.values(); })
                return std::memcmp(x.data(), y.data(), x.values().size_bytes()) == 0;
            else
                return x.values == y.values;
        },
        a);
}

// Told each file or folder that is synced, by the name that it has at that moment.
std::function<void(const std::filesystem::path&)> when_synced;

}  // namespace

// Takes the place of the C library's.
extern "C" int fsync(int descriptor) {
    if (when_synced) when_synced(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)));
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

TEST_CASE("a safetensors file comes back as it was, to the bit") {
    const TensorFile file = example();
    const TensorFile back = parse_safetensors(safetensors_bytes(file));
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.tensors.size() == file.tensors.size());
    for (const auto& [name, tensor] : file.tensors) {
        CAPTURE(name);
        CHECK(same(back.tensors.at(name), tensor));
    }
    CHECK(std::string(dtype_of(back.tensors.at("conv1.weight"))) == "F32");
    CHECK(std::string(dtype_of(back.tensors.at("big"))) == "F64");
    CHECK(std::string(dtype_of(back.tensors.at("order"))) == "I64");
    CHECK(parse_safetensors(safetensors_bytes({})).tensors.empty());
}

TEST_CASE("a safetensors file is laid out as the format says") {
    TensorFile file;
    file.tensors["a"] = Tensor<float>({1}, {1.0F});
    file.tensors["b"] = WholeNumbers{{}, {2}};
    const std::vector<std::byte> bytes = safetensors_bytes(file);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    // Eight bytes of length, the header padded to a multiple of eight, the wide numbers before the narrow ones
    const std::string header =
        R"({"a":{"data_offsets":[8,12],"dtype":"F32","shape":[1]},"b":{"data_offsets":[0,8],"dtype":"I64","shape":[]}})";
    const std::size_t padded = (header.size() + 7) / 8 * 8;
    CHECK(static_cast<std::size_t>(static_cast<unsigned char>(text[0])) == padded);
    CHECK(text.substr(1, 7) == std::string(7, '\0'));
    CHECK(text.substr(8, padded) == header + std::string(padded - header.size(), ' '));
    CHECK(text.substr(8 + padded) == std::string("\2\0\0\0\0\0\0\0\0\0\x80\x3f", 12));
}

TEST_CASE("what other programs may write is read: spaces, another order, unknown fields") {
    const std::string header =
        R"({ "z" : {"shape":[2],"note":null,"data_offsets":[4,12],"dtype":"F32"}, "a":{"dtype":"F32","shape":[1,1],)"
        R"("data_offsets":[0,4]}, "__metadata__":{} }   )";
    CHECK(refusal(file_of(header, 12)).empty());
}

TEST_CASE("a file that is cut short anywhere is refused") {
    const std::vector<std::byte> bytes = safetensors_bytes(example());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        CHECK_THROWS_AS(parse_safetensors(std::span(bytes).first(length)), FileError);
    }
    std::vector<std::byte> longer = bytes;
    longer.push_back(std::byte{0});
    CHECK_THROWS_AS(parse_safetensors(longer), FileError);
}

TEST_CASE("lengths are compared with what is there before anything is made of them") {
    check_refused("", "it has 0 bytes");
    check_refused("1234567", "it has 7 bytes");
    check_refused(std::string(7, '\xff') + "\x7f", "its header should have 9223372036854775807 bytes, and 0 are there");
    check_refused(std::string(8, '\xff') + "{}", "its header should have 18446744073709551615 bytes, and 2 are there");
    check_refused(file_of("{}" + std::string(1 << 20, ' '), 0), "more than the 1048576");
    check_refused(file_of(one("\"F32\"", "[1000000000000]", "[0,4000000000000]"), 4), "larger than the file");
    check_refused(file_of(one("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0), "larger than the file");
    check_refused(file_of(one("\"F64\"", "[4611686018427387904,4,0]", "[0,0]"), 0), "larger than the file");
    check_refused(file_of(one("\"F32\"", "[9223372036854775808]", "[0,4]"), 4), "whole numbers from 0 to 2^63 - 1");
    check_refused(file_of(one("\"F32\"", "[1e30]", "[0,4]"), 4), "whole numbers");
    check_refused(file_of(one("\"F32\"", "[-1]", "[0,4]"), 4), "whole numbers");

    TensorFile large;  // what would not be read is not written
    large.metadata["k"] = std::string(1 << 20, 'x');
    CHECK_THROWS_AS(safetensors_bytes(large), FileError);
}

TEST_CASE("a tensor has to lie where the header says, alone and without gaps") {
    check_refused(file_of(one("\"F32\"", "[1]", "[0,8]"), 8), "do not hold the 4 bytes of a F32 tensor of shape [1]");
    check_refused(file_of(one("\"F32\"", "[2]", "[0,4]"), 8), "do not hold the 8 bytes");
    check_refused(file_of(one("\"F32\"", "[1]", "[4,0]"), 4), "do not lie in the 4 bytes");
    check_refused(file_of(one("\"F32\"", "[1]", "[4,8]"), 4), "do not lie in the 4 bytes");
    check_refused(file_of(one("\"F32\"", "[1]", "[18446744073709551612,0]"), 4), "whole numbers");
    check_refused(file_of(one("\"F32\"", "[1]", "[0]"), 4), "not a pair");
    check_refused(file_of(one("\"F32\"", "[1]", "[0,4,8]"), 4), "not a pair");
    check_refused(file_of(one("\"F32\"", "[1]", "\"0,4\""), 4), "not a pair");
    check_refused(file_of(one("\"F32\"", "[1]", "[4,8]"), 8), "a gap before 'a'");
    check_refused(file_of(one("\"F32\"", "[1]", "[0,4]"), 5), "1 bytes more");
    const std::string a = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)";
    check_refused(file_of(a + R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12), "'b' overlaps");
    check_refused(file_of(a + R"("b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8), "'b' overlaps");
    check_refused(file_of(a + R"("b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})", 16), "a gap before 'b'");
}

TEST_CASE("a header has to be JSON in UTF-8, of the right form") {
    check_refused(file_of("", 0), "does not begin with '{'");
    check_refused(file_of(" {}", 0), "does not begin with '{'");
    check_refused(file_of("[]", 0), "does not begin with '{'");
    check_refused(file_of("{", 0), "not JSON");
    check_refused(file_of("{}x", 0), "not JSON");
    check_refused(file_of("{\"\xff\":{}}", 0), "not JSON");
    check_refused(file_of("{\"__metadata__\":{\"a\":\"\xc3\"}}", 0), "not JSON");
    check_refused(file_of("{\"__metadata__\":{\"a\":\"\xed\xa0\x80\"}}", 0), "not JSON");  // half of a surrogate pair
    check_refused(file_of(R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}", 0), "too deep");
    std::string deep;
    for (int i = 0; i < 50'000; ++i) deep += R"({"a":)";
    check_refused(file_of(deep, 0), "too deep");
    check_refused(file_of(R"({"a":1})", 0), "'a' is not described by an object");
    check_refused(file_of(R"({"a":{"shape":[],"data_offsets":[0,4]}})", 4), "'a' has no dtype");
    check_refused(file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "'a' has no shape");
    check_refused(file_of(R"({"a":{"dtype":"F32","shape":[]}})", 4), "'a' has no data_offsets");
    check_refused(file_of(one("\"F32\"", "4", "[0,4]"), 4), "not a list");
    check_refused(file_of(one("\"F32\"", "[[1]]", "[0,4]"), 4), "too deep");
    check_refused(file_of(one("\"F16\"", "[2]", "[0,4]"), 4), "the dtype of 'a' is F16; F32, F64 and I64 are read");
    check_refused(file_of(one("7", "[2]", "[0,4]"), 4), "the dtype of 'a' is 7");
    check_refused(file_of(R"({"__metadata__":[]})", 0), "__metadata__ is not an object");
    check_refused(file_of(R"({"__metadata__":{"a":1}})", 0), "something else than text at 'a'");
}

TEST_CASE("a name that occurs twice is refused, wherever it is") {
    const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    check_refused(file_of("{" + a + "," + a + "}", 4), "the name 'a' twice");
    check_refused(file_of("{" + a + R"(,"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "'a' twice");
    check_refused(file_of(R"({"a":{"dtype":"F32","dtype":"I64","shape":[1],"data_offsets":[0,4]}})", 4),
                  "'dtype' twice");
    check_refused(file_of(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "'k' twice");
    check_refused(file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), "'__metadata__' twice");
    // The same field in two objects is no repetition
    CHECK(refusal(file_of("{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8)).empty());
}

TEST_CASE("a file on the disk: written in one piece, and named when it is refused") {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / ("bn_files_" + std::to_string(::getpid()));
    fs::create_directories(folder);
    const fs::path file = folder / "weights.safetensors";
    write_safetensors(file, example());
    CHECK(read_safetensors(file).tensors.size() == example().tensors.size());

    const auto refused = [&](const fs::path& path) -> std::string {
        try {
            read_safetensors(path);
            return "";
        } catch (const FileError& error) {
            return error.what();
        }
    };
    fs::resize_file(file, 100);
    CHECK(refused(file).find(file.string() + " is no safetensors file: its header should have") == 0);
    CHECK(refused(folder).find("not an ordinary file") != std::string::npos);
    CHECK(refused("/dev/zero").find("not an ordinary file") != std::string::npos);
    CHECK(refused(folder / "none").find("cannot read " + (folder / "none").string()) == 0);

    // A file that cannot be written: what was there stays, nothing is left beside it
    const std::vector<std::byte> old = read_bytes(file, 1000);
    CHECK_THROWS_AS(write_atomically("/dev/full", old), FileError);
    CHECK(fs::is_character_file("/dev/full"));
    CHECK_THROWS_AS(write_atomically(folder, old), FileError);
    CHECK_THROWS_AS(write_atomically(folder / "none" / "x", old), FileError);
    CHECK_THROWS_AS(write_atomically(file / "x", old), FileError);

    // No more room after 1000 bytes
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit little{1000, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &little);
    const std::string why = message_of([&] { write_atomically(file, std::vector<std::byte>(5000)); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(why == "cannot write " + file.string() + ": File too large");
    CHECK(read_bytes(file, 1000) == old);
    CHECK(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 1);

    // A file that is read-only stays, although the folder would let it be replaced. In a process that is not root's
    fs::permissions(folder, fs::perms::all);
    fs::permissions(file, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(0);  // nobody else to be
        ::_exit(message_of([&] { write_atomically(file, as_bytes("other")); }).ends_with("Permission denied") ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    CHECK(read_bytes(file, 1000) == old);
    fs::permissions(file, fs::perms::owner_all);

    // Models are large
    const fs::path large = folder / "large";
    write_atomically(large,
                     as_bytes(file_of(R"({"w":{"dtype":"F32","shape":[20000000],"data_offsets":[0,80000000]}})", 0)));
    fs::resize_file(large, fs::file_size(large) + 80'000'000);  // with a hole: it takes no room
    CHECK(shape_of(read_safetensors(large).tensors.at("w")) == Shape{20'000'000});
    fs::remove(large);

    // A link is followed, not replaced
    fs::create_symlink(file, folder / "link");
    write_atomically(folder / "link", as_bytes("new"));
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_bytes(file, 1000) == as_bytes("new"));
    CHECK_THROWS_AS(read_bytes(file, 2), FileError);
    CHECK(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 2);
    fs::remove_all(folder);
}

TEST_CASE("a file is synced before it gets its name, and its folder afterwards") {
    namespace fs = std::filesystem;
    const std::string process = std::to_string(::getpid());
    const fs::path folder = fs::temp_directory_path() / ("bn_synced_" + process), file = folder / "x";
    fs::create_directories(folder);
    std::string log;
    when_synced = [&](const fs::path& what) {
        log += what.filename().string() + (fs::exists(file) ? " after, " : " before, ");
    };
    const mode_t mask = ::umask(022);
    write_atomically(file, as_bytes("new"));
    ::umask(mask);
    when_synced = nullptr;
    CHECK(log == "x.part" + process + " before, bn_synced_" + process + " after, ");
    CHECK(fs::status(file).permissions() == fs::perms(0644));  // what the umask takes away, and no more
    fs::remove_all(folder);
}

TEST_CASE("whether a file can be written is asked without writing it") {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / ("bn_writable_" + std::to_string(::getpid()));
    fs::create_directories(folder);
    CHECK_NOTHROW(require_writable(folder / "x"));
    CHECK_THROWS_AS(require_writable(folder / "none" / "x"), FileError);
    CHECK(fs::is_empty(folder));
    fs::remove_all(folder);
}
