// Hooks: functions that a module calls around its forward and backward pass, and the handles that remove them.
// The rules are in README.md, "How hooks come and go".
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace bn {

/// What registering a hook returns. The hook lives as long as its handle: the handle's end, or remove(), takes it
/// away. Removing twice, or after the module has died, is harmless. Movable, not copyable.
class [[nodiscard]] HookHandle {
public:
    HookHandle() = default;
    explicit HookHandle(std::function<void()> remover) : remover_(std::move(remover)) {}
    ~HookHandle() { remove(); }
    HookHandle(HookHandle&& other) noexcept : remover_(std::exchange(other.remover_, nullptr)) {}
    HookHandle& operator=(HookHandle&& other) noexcept {
        if (this != &other) {
            remove();
            remover_ = std::exchange(other.remover_, nullptr);
        }
        return *this;
    }

    void remove() {
        if (const auto remover = std::exchange(remover_, nullptr)) remover();
    }

private:
    std::function<void()> remover_;
};

/// The hooks of one kind that a module has, in the order of their registration: one of the chains of Eqs. (4.3), (4.4).
template <class Hook>
class HookList {
public:
    HookHandle add(Hook hook) {
        const std::uint64_t id = next_id_++;
        entries_->push_back({id, std::move(hook)});
        // The handle knows the list weakly: it may outlive the module.
        return HookHandle([list = std::weak_ptr<Entries>(entries_), id] {
            if (const auto entries = list.lock())
                std::erase_if(*entries, [id](const Entry& entry) { return entry.id == id; });
        });
    }

    bool empty() const { return entries_->empty(); }

    /// A copy to call: what hooks add or remove meanwhile changes the list, not the calls under way.
    std::vector<Hook> snapshot() const {
        std::vector<Hook> hooks;
        for (const Entry& entry : *entries_) hooks.push_back(entry.hook);
        return hooks;
    }

private:
    struct Entry {
        std::uint64_t id;
        Hook hook;
    };
    using Entries = std::vector<Entry>;
    std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
    std::uint64_t next_id_ = 0;
};

}  // namespace bn
