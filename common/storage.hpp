// Where tensors keep their numbers. Training asks for the same sizes at every step, so blocks that tensors give back
// are kept for the next ones: fresh pages from the system would cost more than most layers do.
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <new>

// A reused block would hide a use after its end from AddressSanitizer. GCC and clang say differently that it is on.
#if defined(__SANITIZE_ADDRESS__)
#define BN_REUSE_STORAGE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BN_REUSE_STORAGE 0
#endif
#endif
#ifndef BN_REUSE_STORAGE
#define BN_REUSE_STORAGE 1
#endif

namespace bn {

class StoragePool {
public:
    /// A block of at least `bytes` bytes at the start of a cache line (64 bytes), which returns to the pool when its
    /// last owner lets go. Its contents are not set. Throws std::bad_alloc.
    static std::shared_ptr<void> take(std::size_t bytes) {
        const std::shared_ptr<StoragePool> pool = instance();
        void* block = nullptr;
        std::size_t size = bytes;
#if BN_REUSE_STORAGE
        const std::lock_guard lock(pool->mutex_);
        if (const auto found = pool->free_.lower_bound(bytes);
            found != pool->free_.end() && found->first <= 2 * bytes) {
            // Of equal sizes the one that came back last: it is likeliest to be in the cache still
            const auto latest = std::prev(pool->free_.upper_bound(found->first));
            size = latest->first;
            block = latest->second;
            pool->free_.erase(latest);
        }
#endif
        if (!block) block = ::operator new (size, std::align_val_t{64});
        return {block, [pool, size](void* p) { pool->give_back(p, size); }};
    }

    StoragePool() = default;
    StoragePool(const StoragePool&) = delete;
    StoragePool& operator=(const StoragePool&) = delete;
    ~StoragePool() {
        for (const auto& [size, block] : free_) ::operator delete (block, std::align_val_t{64});
    }

private:
    static std::shared_ptr<StoragePool> instance() {
        static const std::shared_ptr<StoragePool> pool = std::make_shared<StoragePool>();
        return pool;
    }

    void give_back(void* block, std::size_t size) {
#if BN_REUSE_STORAGE
        const std::lock_guard lock(mutex_);
        free_.emplace(size, block);
#else
        (void)size;
        ::operator delete (block, std::align_val_t{64});
#endif
    }

    std::mutex mutex_;
    std::multimap<std::size_t, void*> free_;  // by size
};

}  // namespace bn
