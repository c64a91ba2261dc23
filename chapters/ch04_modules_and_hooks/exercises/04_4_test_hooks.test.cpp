#include "common/exercise_test.hpp"

#include "ch04_modules_and_hooks/hooks.hpp"
#include EXERCISE

using namespace bn;

namespace {

using PreHook = std::function<void(double)>;
using ForwardHook = std::function<void(double, double)>;

// y = 2·x with hooks; what is broken in it, if anything
enum class Broken {
    nothing,
    fires_twice,
    newest_first,
    still_fires,
    takes_all,
    first_call_only,
    one_list,
    forward_fires
};

struct State {
    Broken broken;
    HookList<PreHook> pre;
    HookList<ForwardHook> forward;
    std::map<int, HookHandle> handles;
    int next = 7, calls = 0;  // the chapter's rules do not say where numbers begin

    template <class Hooks, class... Arguments>
    void run(const Hooks& list, Arguments... arguments) {
        auto hooks = list.snapshot();
        if (broken == Broken::newest_first) std::reverse(hooks.begin(), hooks.end());
        if (broken == Broken::first_call_only && calls > 1) return;
        for (const auto& hook : hooks) {
            hook(arguments...);
            if (broken == Broken::fires_twice) hook(arguments...);
        }
    }
    double call(double x) {
        ++calls;
        const double y = 2 * x;
        if (broken != Broken::one_list) run(pre, x);
        run(forward, x, y);
        if (broken == Broken::one_list) run(pre, x);
        return y;
    }
    void remove(int number) {
        if (broken == Broken::still_fires) return;
        if (broken == Broken::takes_all)
            handles.clear();
        else
            handles.erase(number);
    }
};

mine::MakeLayer layers(Broken broken) {
    return [broken] {
        const auto state = std::make_shared<State>(State{broken, {}, {}, {}});
        const auto keep = [state](HookHandle handle) {
            state->handles[state->next] = std::move(handle);
            return state->next++;
        };
        return mine::Layer{
            [state](double x) { return state->call(x); },
            [state, broken](double x) { return broken == Broken::forward_fires ? state->call(x) : 2 * x; },
            [state, keep](PreHook hook) { return keep(state->pre.add(std::move(hook))); },
            [state, keep](ForwardHook hook) { return keep(state->forward.add(std::move(hook))); },
            [state](int number) { state->remove(number); }};
    };
}

void require_broken_rejected(const std::string& name, Broken broken) {
    require_rejected(name, mine::accepts(layers(broken)));
}

}  // namespace

TEST_CASE("it accepts the chapter's hooks") {
    require_accepted("the chapter's", mine::accepts(layers(Broken::nothing)));
}

TEST_CASE("it rejects a hook that fires twice") {
    require_broken_rejected("each hook runs twice in a call", Broken::fires_twice);
}

TEST_CASE("it rejects the newest hook first") {
    require_broken_rejected("hooks run in reverse order", Broken::newest_first);
}

TEST_CASE("it rejects pre-hooks after forward hooks") {
    require_broken_rejected("pre-hooks run last", Broken::one_list);
}

TEST_CASE("it rejects a hook that fires after its removal") {
    require_broken_rejected("remove does nothing", Broken::still_fires);
}

TEST_CASE("it rejects a removal that takes all") {
    require_broken_rejected("remove takes all hooks away", Broken::takes_all);
}

TEST_CASE("it rejects hooks that fire in the first call only") {
    require_broken_rejected("hooks run in the first call only", Broken::first_call_only);
}

TEST_CASE("it rejects a forward that fires hooks") {
    require_broken_rejected("forward runs hooks, too", Broken::forward_fires);
}
