// `bkes completion SHELL`: what a shell needs to complete commands and options, made from the table that
// --help is made from.

#include "proxy/commands/flags_of.hpp"
#include "proxy/commands/program.hpp"

#include <fmt/format.h>

#include <string>

namespace bkes::proxy {

namespace {

std::string bash_completion() {
    std::string names;
    std::string cases;
    for (const auto& one : all_commands()) {
        names += fmt::format("{}{}", names.empty() ? "" : " ", one.name);
        std::string flags;
        for (const auto& flag : flags_of(one)) {
            flags += flag.name + " ";
        }
        cases += fmt::format("        {}) words=\"{}--help\" ;;\n", one.name, flags);
    }
    return fmt::format(R"(# bash completion for bkes: source <(bkes completion bash)
_bkes() {{
    local words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{} --help --version"
    else
        case ${{COMP_WORDS[1]}} in
{}        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _bkes bkes
)",
                       names, cases);
}

/// Inside of single quotes, in a specification of _arguments or _describe.
std::string for_zsh(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
            continue;
        }
        if (std::string_view{"[]:\\"}.contains(c)) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string zsh_completion() {
    std::string names;
    std::string cases;
    for (const auto& one : all_commands()) {
        names += fmt::format("    '{}:{}'\n", one.name, for_zsh(one.summary));
        std::string flags;
        for (const auto& flag : flags_of(one)) {
            flags += fmt::format(" \\\n        '{}[{}]{}'", flag.name, for_zsh(flag.help),
                                 flag.value_name.empty()
                                     ? std::string{}
                                     : fmt::format(":{}:_files", for_zsh(flag.value_name)));
        }
        cases +=
            fmt::format("    {}) _arguments '--help[Show the options]' '*:argument:_files'{} ;;\n",
                        one.name, flags);
    }
    return fmt::format(R"(#compdef bkes
# zsh completion for bkes: bkes completion zsh > a file _bkes in your $fpath
_bkes() {{
  local -a commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
compdef _bkes bkes
)",
                       names, cases);
}

outcome<void> print_completion(const invocation& call) {
    const auto& shell = call.args.positional(0);
    if (shell == "bash") {
        call.around.out << bash_completion();
    } else if (shell == "zsh") {
        call.around.out << zsh_completion();
    } else {
        throw usage_error{
            fmt::format("there is no completion for {}, only for bash and zsh", shell)};
    }
    return {};
}

}  // namespace

command completion_command() {
    return {.name = "completion",
            .summary = "Print what bash or zsh needs to complete commands and options",
            .takes = {.positionals = {"SHELL"}, .options = {}, .settings = {}},
            .notes =
                "bash: source <(bkes completion bash)\n"
                "zsh:  bkes completion zsh > \"${fpath[1]}/_bkes\"\n",
            .run = print_completion};
}

}  // namespace bkes::proxy
