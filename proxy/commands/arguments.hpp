#pragma once
// The grammar of the command line, the same for every command:
//
//   bkes COMMAND [ARGUMENT|--option|--option VALUE|--option=VALUE]... [-- ARGUMENT...]
//
// An option is either one of the command's own or a setting (`--hold-ms` for hold.ms), which is
// collected here and judged by `load_config`.

#include "proxy/config/config.hpp"

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// A message for the person at the keyboard; the command isn't run.
class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct option {
    std::string_view name;        ///< `--json`
    std::string_view value_name;  ///< `N`, as shown by --help; empty: a switch without value
    std::string_view help;        ///< one sentence without its full stop
};

/// What a command takes.
struct grammar {
    std::vector<std::string_view> positionals;  ///< `TOPIC`, `KEY`: all of them must be given
    std::vector<option> options;
    /// Keys of the settings it takes as flags.
    std::vector<std::string_view> settings;
    /// Every setting, and `kafka.*`; what is no setting is left to `load_config` to refuse.
    bool takes_all_settings = false;
};

class arguments {
  public:
    /// Throws usage_error. `args` is what follows the command's name.
    arguments(std::span<const std::string> args, const grammar& what);

    /// Number `index` of the positionals of the grammar.
    [[nodiscard]] const std::string& positional(std::size_t index) const {
        return positionals_[index];
    }

    [[nodiscard]] bool has(std::string_view name) const { return last(name).has_value(); }

    /// The value given last; empty if the option wasn't given.
    [[nodiscard]] std::optional<std::string> last(std::string_view name) const;

    /// All values of an option that may be repeated, in order.
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

    /// The number given for an option, or `otherwise`. Throws usage_error.
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise,
                                      std::int64_t min, std::int64_t max) const;

    /// The settings given as flags.
    [[nodiscard]] const std::vector<assignment>& flags() const { return flags_; }

  private:
    std::vector<std::string> positionals_;
    std::vector<std::pair<std::string, std::string>> options_;
    std::vector<assignment> flags_;
};

}  // namespace bkes::proxy
