"""``mcflow completion bash|zsh|fish``: the script that makes a shell complete mcflow."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mcflow.cli.codes import ERROR, OK
from mcflow.cli.pages import Command

_HOW = {
    "bash": "put `source <(mcflow completion bash)` into ~/.bashrc",
    "zsh": "put `source <(mcflow completion zsh)` into ~/.zshrc",
    "fish": "run `mcflow completion fish > ~/.config/fish/completions/mcflow.fish`",
}

_BASH = """\
%(complete_func)s() {
    local line kind value
    COMPREPLY=()
    while IFS= read -r line; do
        kind=${line%%%%,*} value=${line#*,}
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                # Addresses have brackets and quotes in them: inside quotes of the reader's own as they are, else escaped.
                case ${COMP_WORDS[COMP_CWORD]} in
                    [\\"\\']*) COMPREPLY+=("$value") ;;
                    *) COMPREPLY+=("$(printf %%q "$value")") ;;
                esac ;;
        esac
    done < <(IFS=$'\\n'; env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


@click.command("completion", cls=Command, epilog="; ".join(f"{shell}: {text}" for shell, text in _HOW.items()))
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Completion script for bash, zsh or fish."""
    maker = get_completion_class(shell)
    if maker is None:
        return ERROR
    click.echo(f"# {_HOW[shell]}")
    # Not `source()`: for bash it starts bash to ask its version, which a machine that only builds the script may lack.
    made = maker(ctx.find_root().command, {}, "mcflow", "_MCFLOW_COMPLETE")
    click.echo((_BASH if shell == "bash" else made.source_template) % made.source_vars())
    return OK
