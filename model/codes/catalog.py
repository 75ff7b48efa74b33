"""MC1001–MC1029: what `mcflow catalog` answers."""

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC1001": Code(
        title="the catalog of driver `{driver}` has no {kind}",
        help="It answers: {known}.",
        explain="""Not every cloud tells everything it sells, and not every driver asks for it. mcflow says so instead of an empty list.

Wrong: concluding that the cloud has none.
Right: mcflow catalog services CONNECTION, for what the driver can make there.
""",
    ),
    "MC1002": Code(
        title="`{connection}` could not be asked for its {kind}: {reason}",
        help="Mend the cause (a permission, mostly); without --refresh, what was kept of an earlier answer is shown while it is young enough.",
        explain="""The cloud refused the question, or did not answer it. Nothing was changed.

Wrong: a role that may create machines but not describe what there is.
Right: a role that may read (on AWS, for example, ReadOnlyAccess, and for prices pricing:GetProducts).
""",
    ),
    "MC1003": Code(
        title="{kind} have no column `{column}`",
        help="Columns: {known}.",
        explain="""--sort takes names of columns, as `-o json` shows them; a `-` before a name turns the order round.

Wrong:
    mcflow catalog specs aws --sort cpu
Right:
    mcflow catalog specs aws --sort vcpus --sort -memory_gib
""",
    ),
    "MC1004": Code(
        title="whose catalog is not said",
        help="Name a connection of the blueprint, or --driver and --region.",
        explain="""A catalog belongs to a cloud and a region. Both come with a connection of the blueprint; without a blueprint --driver and --region
name them, and credentials come from the cloud's ordinary places.

Wrong:
    mcflow catalog specs
Right:
    mcflow catalog specs production
    mcflow catalog specs --driver aws --region eu-west-1
""",
    ),
    "MC1005": Code(
        title="{option} means nothing beside a connection of the blueprint",
        help="The connection says which driver it is of. --region may stand beside it.",
        explain="""A connection of the blueprint names its driver. Another one cannot be asked for through it.

Wrong:
    mcflow catalog zones production --driver mock
Right:
    mcflow catalog zones production --region eu-west-1
    mcflow catalog zones --driver mock
""",
    ),
}
