// --checkpoint and --resume: what a program's runs have got to, so that one that was cut goes on where it was.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/safetensors.hpp"

namespace bn {

/// The states of a program's runs, by name, kept in one safetensors file. The tensors of the run "RUN" are called
/// "RUN/NAME" there. The file's metadata says what it is and how it was made: kind and version, program, options and
/// data, and a checksum over all the rest.
class Checkpoint {
public:
    /// Reads options.resume, if it is given. Nothing is written yet. Throws FileError, with file and reason, if it is
    /// no whole checkpoint, or one of another program, version, data or options; and if options.checkpoint is there but
    /// is something else than a checkpoint, which is then not overwritten.
    Checkpoint(const Options& options, const Dataset& data);

    /// Hands the state that the run was last saved in to `load`; does nothing if it was not saved. What `load` throws
    /// becomes a FileError that names the file.
    void restore(const std::string& run, const std::function<void(const NamedTensors&)>& load) const;

    /// Whether --checkpoint was given.
    bool is_written() const { return !file_.empty(); }

    /// Keeps a copy of the run's state and, if is_written(), writes it with the other runs' states, atomically. `run`
    /// has no slash. Throws FileError.
    void save(const std::string& run, const NamedTensors& state);

private:
    std::filesystem::path file_, resumed_from_;
    std::map<std::string, std::string> made_with_;  // program, options, data
    std::map<std::string, NamedTensors> runs_;
};

/// The tensor of that name and type in a run's state. Throws FileError if there is none.
template <class Kind>
const Kind& saved(const NamedTensors& state, const std::string& name) {
    const auto found = state.find(name);
    const auto* tensor = found == state.end() ? nullptr : std::get_if<Kind>(&found->second);
    if (!tensor) throw FileError("it has no '" + name + "', or one of another type");
    return *tensor;
}

/// The bytes of a checkpoint with these contents: metadata "kind", "version" and "checksum" are added.
std::vector<std::byte> checkpoint_bytes(TensorFile contents);

/// The contents of such bytes. Throws FileError with the reason, without a file's name, if they are no safetensors
/// file, no checkpoint, of another version, or if the checksum says that they were changed.
TensorFile parse_checkpoint(std::span<const std::byte> bytes);

}  // namespace bn
