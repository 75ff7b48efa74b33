"""MC09xx: the command line: usage, files, terminals; and internal errors."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0901": Code(
        "{message}",
        "The command line could not be understood: an unknown command or option, a missing argument, a value of the wrong kind. Nothing was "
        "done. The exit code is 64.\n\n"
        "Wrong:\n    mcflow plan --vars size=3\nRight:\n    mcflow plan --var size=3\n",
        help="see `{command} --help`",
    ),
    "MC0902": Code(
        "{action} needs a confirmation, and there is nobody to ask",
        "mcflow asks before it changes anything, but standard input or standard error is not a terminal (or --no-input was given), so it "
        "refuses instead of waiting for an answer that cannot come. Say beforehand that the plan is approved, or apply a saved plan that was "
        "reviewed: saving it is the approval.\n\n"
        "Wrong, in a pipeline:\n    mcflow apply\nRight:\n    mcflow apply --auto-approve\n"
        "or:\n    mcflow plan --out=plan.mcflow\n    mcflow apply plan.mcflow\n",
        help="give --auto-approve (-y); `mcflow apply` also takes a plan that `mcflow plan --out FILE` saved",
    ),
    "MC0903": Code(
        "cannot write {what} `{path}`: {reason}",
        "A file that you asked for could not be written. For the event file of --json-into this is checked before anything else happens; "
        "nothing was changed in any cloud.\n\n"
        "Wrong:\n    mcflow plan --json-into /read-only/events.json\nRight:\n    mcflow plan --json-into events.json\n",
        help="name a file in a folder that you may write to",
    ),
    "MC0904": Code(
        "internal error: {error}",
        "mcflow met a situation its authors did not foresee. This is a fault of mcflow, not of your blueprint. What was being applied is in "
        "the journal: run `mcflow plan` to see what is left; nothing is lost and nothing is created twice.\n\n"
        "A crash report was written, readable by you alone and with secrets taken out. Please attach it when you report the fault. With "
        "MCFLOW_DEBUG=1 the traceback is shown on the terminal too.\n\n"
        "Wrong:\n    deleting .mcflow/ to start afresh\nRight:\n    mcflow plan\n",
        help="{report}",
    ),
    "MC0905": Code(
        "interrupted",
        "The run was ended by a signal (Ctrl-C, or SIGTERM from a pipeline). After the first one no new steps start and the calls in flight "
        "finish; after the second mcflow leaves at once. In both cases the journal has everything: the next run looks at what was left open "
        "and goes on. The exit code is 130.\n\n"
        "Wrong:\n    kill -9, and then deleting the state\nRight:\n    mcflow apply\n",
        help="{help}",
        severity="warning",
    ),
    "MC0906": Code(
        "`{path}` exists already",
        "`mcflow init` never overwrites a file. Remove the file, or start in an empty folder.\n\n"
        "Wrong:\n    mcflow init        # in a folder with a mcflow.yaml\nRight:\n    mcflow init --chdir new-folder\n",
        help="choose another folder with --chdir, or remove the file first",
    ),
    "MC0907": Code(
        "there is no recipe `{name}`",
        "`mcflow init --recipe` takes the name of a blueprint that is shipped with mcflow.\n\n"
        "Wrong:\n    mcflow init --recipe quick-start\nRight:\n    mcflow init --recipe quickstart\n",
        help="recipes: {known}",
    ),
    "MC0908": Code(
        "{action} was not confirmed; nothing was changed",
        "Before mcflow changes anything it shows the plan and asks. Only the answer `yes`, written out, approves; anything else, and the end "
        "of the input, declines, so that a habit of pressing a key can destroy nothing.\n\n"
        "Wrong:\n    y\nRight:\n    yes\n",
        help="type `yes` to approve, or give --auto-approve",
    ),
    "MC0909": Code(
        "there is no diagnostic code `{name}`",
        "`mcflow explain` takes a code as diagnostics show it: MC and four digits.\n\n"
        "Wrong:\n    mcflow explain 203\nRight:\n    mcflow explain MC0203\n",
        help="`mcflow explain` without a code lists all of them",
    ),
    "MC0910": Code(
        "there is no output `{name}`",
        "The state of this environment has no output of that name. Outputs are written by apply: one that was added to the blueprint since "
        "does not exist yet.\n\n"
        "Wrong:\n    mcflow output adress\nRight:\n    mcflow output address\n",
        help="outputs: {known}",
    ),
    "MC0911": Code(
        "nothing in the state has the address `{address}`",
        "`mcflow show` and `mcflow state show` take the address of a portable resource (web[\"0\"]) or of one of its natives "
        "(web[\"0\"]/instance), as `mcflow state list` prints them. Quote it: shells eat brackets and quotes.\n\n"
        "Wrong:\n    mcflow show web[0]\nRight:\n    mcflow show 'web[\"0\"]'\n",
        help="`mcflow state list` prints every address",
    ),
    "MC0912": Code(
        "the folder `{path}` cannot be used: {reason}",
        "--chdir (or MCFLOW_CHDIR) names the folder to work in; it must exist.\n\n"
        "Wrong:\n    mcflow plan --chdir porduction\nRight:\n    mcflow plan --chdir production\n",
        help="name a folder that exists and that you may enter",
    ),
    "MC0913": Code(
        "the commands `{name}` cannot be loaded: {reason}",
        "An installed package offers commands under the entry point group `mcflow.commands`, but importing them failed. The package is "
        "broken or made for another version of mcflow.\n\n"
        "Wrong:\n    an entry point that names something that is not a click command\nRight:\n"
        "    [project.entry-points.\"mcflow.commands\"]\n    mock = \"mcflow.drivers.mock.commands:mock\"\n",
        help="reinstall or remove the package that provides it",
    ),
    "MC0914": Code(
        "{option} cannot be used {where}",
        "A saved plan is applied as it was made: options that shape a plan have no place beside it. Options that say how to apply "
        "(--parallelism, --on-failure, --lock-timeout, --reason) do.\n\n"
        "Wrong:\n    mcflow apply plan.mcflow --target net\nRight:\n    mcflow plan --target net --out plan.mcflow\n    mcflow apply plan.mcflow\n",
        help="give it when the plan is made",
    ),
    "MC0915": Code(
        "output `{name}` is {kind}, which has no raw form",
        "--raw prints one text, number or boolean as it is, without quotes, for scripts. A list or a map has more than one value in it.\n\n"
        "Wrong:\n    mcflow output --raw addresses\nRight:\n    mcflow output -o json addresses | jq -r '.[0]'\n",
        help="ask for JSON: mcflow output -o json {name}",
    ),
    "MC0925": Code(
        "--destroy needs to be told what",
        "A command that destroys whatever it finds is too easily typed. Name ids, or say by --type, --tag or --managed what is meant; "
        "`--type '*'` is everything that nobody manages. The plan is shown and asked for in any case.\n\n"
        "Wrong:\n    mcflow discover aws --destroy\nRight:\n    mcflow discover aws --destroy --tag team=demo\n",
        help="name ids, or give --type, --tag or --managed",
    ),
    "MC0926": Code(
        "{option} has no meaning {where}",
        "`mcflow discover` lists; with --import it imports what it would list, with --destroy it destroys that. --into names the file of an "
        "import; --take-over is for importing and destroying; -o is for listing.\n\n"
        "Wrong:\n    mcflow discover aws --into found.yaml\nRight:\n    mcflow discover aws --import --into found.yaml\n",
        help="leave it out, or say what is to be done: --import or --destroy",
    ),
}
