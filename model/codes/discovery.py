"""MC0680–MC0699: what `mcflow discover` lists, imports and destroys."""

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0680": Code(
        title="there is no connection `{connection}`",
        help="Connections here: {known}.",
        explain="""`mcflow discover` looks through a connection of the blueprint, of a connections.yaml, or one that the state remembers.

Wrong:
    mcflow discover prodction
Right:
    mcflow discover production
""",
    ),
    "MC0681": Code(
        title="`{type}` could not be listed in `{connection}`: {reason}",
        help="What is shown is without it. Mend the cause (a permission, mostly) and discover again.",
        severity="warning",
        explain="""One type of object could not be listed; the others were. What may refer to those objects shows their ids as they are.

Wrong: taking a list for complete that has this warning beside it.
Right: a role that may read (on AWS, for example, the managed policy ReadOnlyAccess).
""",
    ),
    "MC0682": Code(
        title="not listed, as driver `{driver}` cannot: {types}",
        help="Import such objects one by one, with `mcflow import ADDRESS ID`.",
        severity="note",
        explain="""Some types have no listing in their cloud's API, or their driver does not offer one. Discovery names them instead of leaving
them out in silence.

Wrong: concluding that there are none.
Right: mcflow import ADDRESS ID, for those you know of.
""",
    ),
    "MC0683": Code(
        title="what was found cannot be written so that a plan finds nothing to do: {what}",
        help="Leave these out with --type or --tag, or import them one by one.",
        explain="""Before anything is written, mcflow plans over the new text and the new records. If that plan would change something, the import is
refused: the next apply would change what you only wanted to take over.

Wrong: importing an object that is being changed by somebody else right now.
Right: the same command again, once it is at rest, or without that object.
""",
    ),
    "MC0684": Code(
        title="{file} is there already",
        help="Name another file with --into; an import never overwrites.",
        explain="""An import writes a new blueprint file: a copy of the present one with what was found added. It never writes over a file. Only an
import that was killed, and would write the very same text, goes on.

Wrong:
    mcflow discover aws --import --into mcflow.yaml
Right:
    mcflow discover aws --import --into found.yaml
""",
    ),
    "MC0685": Code(
        title="no type of driver `{driver}` fits `{pattern}`",
        help="`mcflow driver show {driver}` lists its types.",
        explain="""--type takes the name of a native type, with or without the driver's name before it, or a pattern with `*` and `?`.

Wrong:
    mcflow discover cloud --type vcp
Right:
    mcflow discover cloud --type vpc --type 'route*'
""",
    ),
    "MC0686": Code(
        title="nothing that fits in `{connection}` has the id {ids}",
        help="`mcflow discover {connection}` lists what there is.",
        explain="""Ids after the connection restrict what is shown, imported or destroyed. One of them is not there, or another option leaves it out.

Wrong:
    mcflow discover aws vpc-0123 --type subnet
Right:
    mcflow discover aws vpc-0123
""",
    ),
    "MC0687": Code(
        title="there is nothing to {what} in `{connection}`: {left}",
        help="`mcflow discover {connection}` shows whose everything is.",
        explain="""Only what nobody manages is imported or destroyed: not what is in this state already, not what another mcflow state manages (unless
--take-over), not what the cloud made by itself (unless its id is given).

Wrong:
    mcflow discover aws --import --type vpc        (there is only the default VPC)
Right:
    mcflow discover aws vpc-0abc --import          (it is named, so it is meant)
""",
    ),
    "MC0688": Code(
        title="{file} would not be beside the blueprint",
        help="Name a file in {folder}.",
        explain="""A blueprint's state and its relative paths start from its folder. What is imported goes into the state of the present blueprint, so
the new file must be in the same folder.

Wrong:
    mcflow discover aws --import --into /tmp/found.yaml
Right:
    mcflow discover aws --import --into found.yaml
""",
    ),
    "MC0689": Code(
        title="still used by what would stay: {used}",
        help="Destroy those too (name them, or use a wider filter), or let them go first.",
        explain="""A cloud refuses to delete what something else uses, after having deleted the rest. mcflow looks before and refuses the whole.
Parts that only join two objects (attachments, routes, associations) go by themselves.

Wrong:
    mcflow discover aws vpc-1 --destroy            (subnet-2 lies in it)
Right:
    mcflow discover aws vpc-1 subnet-2 --destroy
""",
    ),
    "MC0690": Code(
        title="taken over from another mcflow state: {objects}",
        help="Forget them there (`mcflow forget`), or two states will manage the same objects.",
        severity="warning",
        explain="""With --take-over also what carries the mark of another state is imported or destroyed. That state still has it and will miss it, or
change it.

Wrong: taking over, and going on to apply the other blueprint.
Right: mcflow forget ADDRESS there, before or right after.
""",
    ),
    "MC0692": Code(
        title="{file} cannot be written: {reason}",
        help="Nothing was imported. Make the folder writable, or free some space, and try again.",
        explain="""The text of an import is tried in a file beside the new one before it gets its name. That file could not be written.

Wrong: importing in a folder that is mounted read-only.
Right: a copy of the blueprint in a folder of your own.
""",
    ),
    "MC0691": Code(
        title="left out: {left}",
        help="",
        severity="note",
        explain="""Of what was asked for some cannot be taken: it is managed already, the cloud made it by itself, or it is being changed.

Wrong: taking for destroyed what was left out.
Right: `mcflow discover CONNECTION` shows whose each object is; name the id of what the cloud made by itself to have it.
""",
    ),
    "MC0693": Code(
        title="`{id}` is the id of several objects: {types}",
        help="Say which with --type, as in `--type {type}`.",
        explain="""Many ids are names that people choose, unique only among objects of their type: a role, a table and a cluster may all be called
`prod`. What is imported or destroyed by its id must be one object.

Wrong:
    mcflow discover aws prod --destroy
Right:
    mcflow discover aws prod --type iam_role --destroy
""",
    ),
    "MC0694": Code(
        title="`{id}` is the id of several objects: {types}",
        help="--type restricts the list to one of them.",
        severity="note",
        explain="""Many ids are names that people choose, unique only among objects of their type. The list shows every object that has this one;
importing or destroying asks for the type.

Wrong:
    mcflow discover aws prod                      (a role, a table and a cluster are listed)
Right:
    mcflow discover aws prod --type iam_role
""",
    ),
}
