#pragma once
// A callable passed down a call, without owning or copying it (C++26 has std::function_ref).

#include <memory>
#include <type_traits>
#include <utility>

namespace bkes {

template <class Signature>
class function_ref;

/// Valid while the callable it was made from lives: take it as a parameter, never keep it.
template <class Result, class... Arguments>
class function_ref<Result(Arguments...)> {
  public:
    template <class Callable>
        requires(!std::is_same_v<std::remove_cvref_t<Callable>, function_ref> &&
                 std::is_invocable_r_v<Result, Callable&, Arguments...>)
    function_ref(Callable&& callable)  // NOLINT(google-explicit-constructor): made to be implicit
        : target_{const_cast<void*>(static_cast<const void*>(std::addressof(callable)))},
          call_{[](void* target, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<Callable>*>(target))(
                  std::forward<Arguments>(arguments)...);
          }} {}

    Result operator()(Arguments... arguments) const {
        return call_(target_, std::forward<Arguments>(arguments)...);
    }

  private:
    void* target_;
    Result (*call_)(void*, Arguments...);
};

}  // namespace bkes
